//! What pages say, in both languages side by side, so that neither has a sentence the other lacks.
//!
//! In Korean the particle after a word depends on its last sound. So none stands behind a value that is put in:
//! "샀습니다: {product}", and not "{product}을 샀습니다". A test reads all sentences for that.

use crate::http::kit::code::Language;

/// Makes a type whose methods are sentences: `key: "한국어" / "English";`, or `key(a, b): "{a} …" / "…";` where
/// values are put in. Each value has to stand in both languages, or it does not compile.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($key:ident $(($($value:ident),+))? : $ko:literal / $en:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name(pub(crate) $crate::http::kit::code::Language);

        impl $name {
            $($crate::pages::words::sentence!($key ($($($value),+)?) $ko $en);)+

            /// Every sentence: its name, Korean, English.
            #[cfg(test)]
            const ALL: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($key), $ko, $en)),+];
        }

        #[cfg(test)]
        #[test]
        fn sentences_are_fit_to_be_read() {
            $crate::pages::words::check($name::ALL);
        }
    };
}
pub(crate) use words;

macro_rules! sentence {
    ($key:ident () $ko:literal $en:literal) => {
        pub(crate) fn $key(self) -> &'static str {
            match self.0 {
                $crate::http::kit::code::Language::Ko => $ko,
                $crate::http::kit::code::Language::En => $en,
            }
        }
    };
    ($key:ident ($($value:ident),+) $ko:literal $en:literal) => {
        pub(crate) fn $key(self, $($value: impl std::fmt::Display),+) -> String {
            match self.0 {
                $crate::http::kit::code::Language::Ko => format!($ko, $($value = $value),+),
                $crate::http::kit::code::Language::En => format!($en, $($value = $value),+),
            }
        }
    };
}
pub(crate) use sentence;

words! {
    /// What all pages say.
    Common {
        skip: "본문으로" / "Skip to content";
        main_menu: "주 메뉴" / "Main menu";
        deals: "딜" / "Deals";
        my_orders: "내 주문" / "My orders";
        coupons: "쿠폰" / "Coupons";
        shops: "가게" / "Shops";
        console: "가게 관리" / "Console";
        order_board: "주문판" / "Board";
        orders: "주문" / "Orders";
        admin: "관리" / "Admin";
        overview: "한눈에" / "Overview";
        actors: "액터" / "Actors";
        users: "사람" / "People";
        log: "로그" / "Log";
        notices: "알림" / "Notices";
        new_notice: "새 알림이 있습니다." / "There is a new notice.";
        account: "내 정보" / "My account";
        log_in: "로그인" / "Log in";
        to_light: "밝게 보기" / "Light colours";
        to_dark: "어둡게 보기" / "Dark colours";
        to_browsers: "브라우저 설정대로 보기" / "Colours as the browser has them";
        promise: "주문은 기록된 뒤에만 답합니다." / "An order is answered only once it is written.";
        api: "개발자용 API" / "API for developers";
        live: "실시간" / "Live";
        server_time(time): "서버 시각 {time}" / "server time {time}";
        was: "원래 값" / "Was";
        left(count): "{count}개 남음" / "{count} left";
        coupons_left(count): "{count}장 남음" / "{count} left";
        left_of(total, count): "{total}개 가운데 {count}개 남음" / "{count} of {total} left";
        sold_out: "매진" / "Sold out";
        ends_in: "끝나기까지" / "Ends in";
        ends_at: "끝나는 때" / "Ends on";
        opens_at: "열리는 때" / "Opens on";
        opens_in: "열리기까지" / "Opens in";
        in_time(time): "{time} 뒤" / "in {time}";
        minutes(minutes, seconds): "{minutes}분 {seconds}초" / "{minutes}:{seconds:0>2}";
        days(days): "{days}일" / "{days} d";
        hours(hours, minutes): "{hours}시간 {minutes}분" / "{hours} h {minutes} min";
        day(month, day): "{month}월 {day}일" / "{day} {month}";
        follow: "알림 받기" / "Notify me";
        following: "알림 켜짐" / "Notifying";
        more: "더 보기" / "Show more";
        back_to_deals: "딜 보러 가기" / "See the deals";
        offline: "연결이 끊겼습니다." / "The connection is lost.";
        connect_now: "지금 연결" / "Connect now";
    }
}

/// Whether a browser's wish is English: Korean where it says so, and English otherwise.
pub(crate) fn preferred(accept: Option<&str>) -> Language {
    let wants_korean = accept.is_some_and(|accept| {
        let names_korean = accept.split(',').any(|range| {
            let tag = range.split([';', '-']).next().unwrap_or_default();
            tag.trim().eq_ignore_ascii_case("ko")
        });
        names_korean && Language::preferred(accept) == Language::Ko
    });
    if wants_korean { Language::Ko } else { Language::En }
}

/// Korean sentences have Korean letters and no particle behind a value; English ones have none.
#[cfg(test)]
pub(crate) fn check(all: &[(&str, &str, &str)]) {
    const PARTICLES: [&str; 13] = [
        "을",
        "를",
        "이 ",
        "가 ",
        "은 ",
        "는 ",
        "과 ",
        "와 ",
        "로 ",
        "으로",
        "이다",
        "입니다만",
        "아 ",
    ];
    for (name, ko, en) in all {
        let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        assert!(is_korean(ko) || !ko.contains(char::is_alphabetic), "{name}: {ko}");
        assert!(!is_korean(en), "{name}: {en}");
        assert!(![ko, en].iter().any(|text| text.contains('!')), "{name} shouts");
        for (at, _) in ko.match_indices('}') {
            let after = &ko[at + 1..];
            let found = PARTICLES.iter().find(|particle| after.starts_with(*particle));
            assert_eq!(found, None, "{name}: a particle behind a value: {ko}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_is_for_browsers_that_ask_for_it() {
        for (accept, expected) in [
            (None, Language::En),
            (Some("*"), Language::En),
            (Some("ko-KR,ko;q=0.9,en;q=0.8"), Language::Ko),
            (Some("en-US,en;q=0.9,ko;q=0.5"), Language::En),
            (Some("de,ko;q=0.4"), Language::Ko),
            (Some("de"), Language::En),
        ] {
            assert_eq!(preferred(accept), expected, "{accept:?}");
        }
    }

    #[test]
    #[should_panic(expected = "a particle behind a value")]
    fn a_particle_behind_a_value_is_found() {
        check(&[("bought", "{product}을 샀습니다", "Bought: {product}")]);
    }
}
