//! What the front page says.

use crate::pages::words::words;

words! {
    /// What the front page says.
    Words {
        title: "딜" / "Deals";
        open_now: "지금 열린 딜" / "Open deals";
        filter: "딜 거르기" / "Filter deals";
        open: "열림" / "Open";
        soon: "곧 열림" / "Soon";
        ended: "끝남" / "Ended";
        ends_first(shop): "가장 먼저 끝나는 딜 · {shop}" / "The deal that ends first · {shop}";
        go_and_buy: "사러 가기" / "Go and buy";
        others: "다른 열린 딜" / "Other open deals";
        opening_soon: "곧 열리는 딜" / "Opening soon";
        have_ended: "끝난 딜" / "Ended deals";
        none_open: "지금 열린 딜이 없습니다" / "No deal is open now";
        next_is(time, name): "다음 딜은 {time}, {name}." / "The next one is at {time}: {name}.";
        none_planned: "새 딜이 열리면 여기에 뜹니다." / "New deals show up here by themselves.";
        to_the_shops: "가게 둘러보기" / "Look around the shops";
        time_over(sold): "시간 끝 · {sold}개 팔림" / "Time is up · {sold} sold";
        all_sold(sold): "매진 · {sold}개 팔림" / "Sold out · {sold} sold";
    }
}
