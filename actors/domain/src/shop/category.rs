//! The categories a product can be in.

/// What kind of thing a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Phones, computers, their accessories.
    Electronics,
    /// Clothes, shoes, bags.
    Fashion,
    /// Cosmetics.
    Beauty,
    /// Furniture, kitchen, household.
    HomeLiving,
    /// To eat and drink.
    Food,
    /// Sports and leisure.
    Sports,
    /// Books.
    Books,
    /// Supplements and care.
    Health,
    /// For babies and children.
    Baby,
    /// For animals at home.
    Pet,
    /// For cars.
    Car,
    /// Hobbies and toys.
    Hobby,
    /// Stationery and office.
    Office,
    /// Cameras, games, gadgets.
    Digital,
    /// All else.
    Other,
}

impl Category {
    /// Every category, in the order in which they are listed.
    pub const ALL: [Self; 15] = [
        Self::Electronics,
        Self::Fashion,
        Self::Beauty,
        Self::HomeLiving,
        Self::Food,
        Self::Sports,
        Self::Books,
        Self::Health,
        Self::Baby,
        Self::Pet,
        Self::Car,
        Self::Hobby,
        Self::Office,
        Self::Digital,
        Self::Other,
    ];

    /// The code in rows and JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Electronics => "ELECTRONICS",
            Self::Fashion => "FASHION",
            Self::Beauty => "BEAUTY",
            Self::HomeLiving => "HOME_LIVING",
            Self::Food => "FOOD",
            Self::Sports => "SPORTS",
            Self::Books => "BOOKS",
            Self::Health => "HEALTH",
            Self::Baby => "BABY",
            Self::Pet => "PET",
            Self::Car => "CAR",
            Self::Hobby => "HOBBY",
            Self::Office => "OFFICE",
            Self::Digital => "DIGITAL",
            Self::Other => "OTHER",
        }
    }

    /// The name shoppers read.
    pub const fn korean(self) -> &'static str {
        match self {
            Self::Electronics => "전자제품",
            Self::Fashion => "패션",
            Self::Beauty => "뷰티",
            Self::HomeLiving => "홈·리빙",
            Self::Food => "식품",
            Self::Sports => "스포츠",
            Self::Books => "도서",
            Self::Health => "건강",
            Self::Baby => "유아동",
            Self::Pet => "반려동물",
            Self::Car => "자동차용품",
            Self::Hobby => "취미",
            Self::Office => "문구·오피스",
            Self::Digital => "디지털",
            Self::Other => "기타",
        }
    }

    /// The category with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.code() == code)
    }
}
