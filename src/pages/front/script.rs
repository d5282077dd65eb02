//! What scripts say, in the page's language. In a sentence `{}` stands for a value that the script puts in.

use std::sync::LazyLock;

use crate::http::kit::code::Language;

macro_rules! script_words {
    ($($key:ident: $ko:literal / $en:literal;)+) => {
        /// Every sentence: its name, Korean, English.
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($key), $ko, $en)),+];
    };
}

script_words! {
    left: "{}개 남음" / "{} left";
    coupons: "{}장 남음" / "{} left";
    leftOf: "{}개 가운데 {}개 남음" / "{1} of {0} left";
    soldOut: "매진" / "Sold out";
    minutes: "{}분 {}초" / "{}:{}";
    hours: "{}시간 {}분" / "{} h {} min";
    inTime: "{} 뒤" / "in {}";
    serverTime: "실시간 · 서버 시각 {}" / "Live · server time {}";
    paused: "실시간이 멈췄습니다 · {}까지" / "Live updates paused · as of {}";
    known: "{}까지의 모습입니다. 다시 이어지면 바로 바뀝니다." / "This is how it was at {}. It changes as soon as the connection is back.";
    tenMinutes: "10분 남았습니다." / "10 minutes left.";
    oneMinute: "1분 남았습니다." / "1 minute left.";
    tenSeconds: "10초 남았습니다." / "10 seconds left.";
    won: "{}원" / "₩{}";
    yen: "{}엔" / "¥{}";
    buy: "{}에 사기" / "Buy for {}";
    writing: "주문을 적고 있습니다" / "Writing your order";
    gone: "매진" / "Sold out";
    tellMe: "다시 들어오면 알림 받기" / "tell me when it is back";
    ended: "끝났습니다" / "Ended";
    opens: "{}에 열립니다" / "Opens at {}";
    bought: "주문했습니다." / "Ordered.";
    boughtMore: "주문 {} · 주문 내역에서 볼 수 있습니다." / "Order {} · you find it in your orders.";
    lastGone: "방금 마지막 하나가 팔렸습니다." / "The last one was just sold.";
    fewLeft: "{}개만 남았습니다." / "Only {} left.";
    notCharged: "결제하지 않았습니다." / "You were not charged.";
    again: "사람이 몰려 잠시 받지 못했습니다." / "Too many people at once.";
    againMore: "{}초 뒤 같은 주문을 다시 보냅니다. 두 번 주문되지 않습니다." / "The same order is sent again in {} s. It is not ordered twice.";
    lost: "답을 받지 못했습니다." / "No answer came.";
    lostMore: "한 번 더 누르면 같은 주문을 확인합니다. 두 번 주문되지 않습니다." / "Press again to check the same order. It is not ordered twice.";
    refused: "주문하지 않았습니다." / "Nothing was ordered.";
    claiming: "쿠폰을 적고 있습니다" / "Writing your coupon";
    claimed: "받았습니다 · {}까지" / "Yours · until {}";
    held: "이미 받은 쿠폰입니다 · {}까지" / "You hold it already · until {}";
    mine: "내 쿠폰" / "My coupon";
    allGone: "다 나갔습니다" / "All gone";
    following: "알림 켜짐" / "Notifying";
    follow: "알림 받기" / "Notify me";
    oneLess: "하나 빼기" / "One less";
    oneMore: "하나 더하기" / "One more";
}

/// The sentences as JSON that can stand in a page.
pub(crate) fn words(language: Language) -> String {
    static WRITTEN: LazyLock<[String; 2]> =
        LazyLock::new(|| [written(Language::Ko), written(Language::En)]);
    match language {
        Language::Ko => WRITTEN[0].clone(),
        Language::En => WRITTEN[1].clone(),
    }
}

fn written(language: Language) -> String {
    let sentences: serde_json::Map<String, serde_json::Value> = ALL
        .iter()
        .map(|(key, ko, en)| {
            let text = if language == Language::Ko { ko } else { en };
            ((*key).to_owned(), (*text).into())
        })
        .collect();
    let json = serde_json::to_string(&sentences).expect("plain texts");
    // So that no text can end the element that it stands in.
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_fit_to_be_read() {
        crate::pages::words::check(ALL);
        for (key, ko, en) in ALL {
            assert_eq!(ko.matches('{').count(), en.matches('{').count(), "{key}");
        }
        assert!(words(Language::Ko).starts_with('{') && !words(Language::En).contains('<'));
    }
}
