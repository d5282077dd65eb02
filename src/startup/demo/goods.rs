//! What the demo's shops sell.

/// A shop of the demo.
pub(super) struct DemoShop {
    /// Its name.
    pub(super) name: &'static str,
    /// What it sells.
    pub(super) goods: &'static [Good],
}

/// A product of the demo.
pub(super) struct Good {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) description: &'static str,
    /// Its category, by code.
    pub(super) category: &'static str,
    /// The price of one piece, in won.
    pub(super) won: i64,
    /// Pieces on hand at first, and after each delivery.
    pub(super) pieces: u32,
    /// The name of its picture among those the program carries; none where empty.
    pub(super) picture: &'static str,
}

impl Good {
    const fn new(
        name: &'static str,
        description: &'static str,
        category: &'static str,
        won: i64,
        pieces: u32,
        picture: &'static str,
    ) -> Self {
        Self { name, description, category, won, pieces, picture }
    }

    /// Where its picture lies.
    pub(super) fn image_url(&self) -> String {
        match self.picture {
            "" => String::new(),
            picture => format!("/assets/demo/{picture}.svg"),
        }
    }
}

/// The shops. The first is the one whose seller can log in.
pub(super) const SHOPS: [DemoShop; 4] = [
    DemoShop {
        name: "봄날꽃집",
        goods: &[
            Good::new(
                "장미 한 다발",
                "새벽에 자른 붉은 장미 여덟 송이입니다. 잎을 정리하고 갈색 종이에 쌉니다.",
                "HOBBY",
                21_500,
                300,
                "rose",
            ),
            Good::new("작약 한 다발", "분홍 작약 다섯 송이입니다.", "HOBBY", 28_000, 120, ""),
            Good::new(
                "수국 화분",
                "파란 수국 한 그루와 토분입니다. 물은 이틀에 한 번 줍니다.",
                "HOBBY",
                38_500,
                60,
                "",
            ),
        ],
    },
    DemoShop {
        name: "오름농장",
        goods: &[
            Good::new(
                "제주 감귤 5kg",
                "껍질이 얇은 노지 감귤입니다. 딴 날 보냅니다.",
                "FOOD",
                24_000,
                2_000,
                "tangerine",
            ),
            Good::new("한라봉 3kg", "열두 알쯤 들어 있습니다.", "FOOD", 30_000, 400, ""),
            Good::new(
                "드립백 커피 20개",
                "에티오피아와 콜롬비아를 열 개씩 담았습니다.",
                "FOOD",
                18_000,
                500,
                "coffee",
            ),
        ],
    },
    DemoShop {
        name: "소리공방",
        goods: &[
            Good::new(
                "무선 이어폰",
                "한 번 채우면 일곱 시간 듣습니다. 케이스까지 스물여덟 시간입니다.",
                "ELECTRONICS",
                79_000,
                500,
                "earbuds",
            ),
            Good::new(
                "기계식 키보드",
                "조용한 축을 쓴 87키입니다.",
                "ELECTRONICS",
                129_000,
                80,
                "",
            ),
            Good::new(
                "캠핑 랜턴",
                "밝기를 셋으로 바꿉니다. 물이 튀어도 됩니다.",
                "SPORTS",
                46_000,
                150,
                "lantern",
            ),
        ],
    },
    DemoShop {
        name: "온실리빙",
        goods: &[
            Good::new(
                "호텔 수건 6장",
                "40수 면 170g입니다. 삶아도 됩니다.",
                "HOME_LIVING",
                39_000,
                1_500,
                "towel",
            ),
            Good::new("핸드크림 세트", "30ml 세 개입니다.", "BEAUTY", 22_000, 300, "cream"),
            Good::new(
                "나무 블록 32조각",
                "너도밤나무를 깎고 기름만 먹였습니다.",
                "BABY",
                33_000,
                200,
                "blocks",
            ),
        ],
    },
];
