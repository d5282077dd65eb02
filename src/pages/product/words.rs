//! What the page of a product says.

use crate::pages::words::words;

words! {
    /// What the page of a product says.
    Words {
        quantity: "수량" / "Quantity";
        up_to(limit): "한 사람 {limit}개까지" / "up to {limit} each";
        total: "합계" / "Total";
        buy_for(price): "{price}에 사기" / "Buy for {price}";
        price_of_one: "단추의 값은 하나의 값입니다." / "The price on the button is that of one.";
        opens_at(time): "{time}에 열립니다" / "Opens at {time}";
        tell_me: "다시 들어오면 알림 받기" / "tell me when it is back";
        on_notice: "다시 들어오면 알려 드립니다" / "we tell you when it is back";
        ended: "끝났습니다" / "Ended";
        promise: "주문은 기록된 뒤에만 ‘됐습니다’라고 답합니다." / "We say ‘done’ only once your order is written.";
        began_with(total): "{total}개로 시작" / "Began with {total}";
        about: "상품 이야기" / "About it";
        window: "딜 기간" / "The deal runs";
        limit: "한 사람" / "Each person";
        limit_more(limit): "{limit}개까지 (지난 주문도 셉니다)" / "up to {limit} (earlier orders count)";
        cancelling: "취소" / "Cancelling";
        cancelling_more: "주문 내역에서 바로 됩니다. 재고가 돌아갑니다." / "At once, from your orders. The stock goes back.";
        kind: "분류" / "Category";
        sold_by: "파는 곳" / "Sold by";
        go_to_shop: "가게 보기" / "See the shop";
        log_in_first: "사려면 로그인해 주세요. 이 화면으로 돌아옵니다." / "Log in to buy. You come back to this page.";
        how_many: "몇 개를 살지 적어 주세요." / "Say how many.";
        how_many_more(most): "1부터 {most} 사이의 숫자입니다. 주문하지 않았습니다." / "A number from 1 to {most}. Nothing was ordered.";
        price_changed: "그사이 값이 바뀌었습니다." / "The price has changed meanwhile.";
        price_changed_more: "주문하지 않았습니다. 지금 값을 보고 다시 눌러 주세요." / "Nothing was ordered. Look at the price now and press again.";
        limit_reached(limit): "딜 값으로는 한 사람 {limit}개까지이고, 이미 다 사셨습니다. 지금은 원래 값입니다." / "The deal is for up to {limit} each, and you have had yours. This is the usual price.";
        quota_sold: "딜 값으로 파는 수량이 모두 나갔습니다. 지금은 원래 값입니다." / "All that was sold at the deal's price is gone. This is the usual price.";
        last_gone: "방금 마지막 하나가 팔렸습니다." / "The last one was just sold.";
        few_left(count): "{count}개만 남았습니다." / "Only {count} left.";
        not_charged: "결제하지 않았습니다. 다시 들어오면 알려 드릴 수 있습니다." / "You were not charged. We can tell you when it is back.";
    }
}

impl Words {
    /// The English name of a category.
    pub(crate) fn english(code: &str) -> &'static str {
        match code {
            "ELECTRONICS" => "Electronics",
            "FASHION" => "Fashion",
            "BEAUTY" => "Beauty",
            "HOME_LIVING" => "Home and living",
            "FOOD" => "Food",
            "SPORTS" => "Sports",
            "BOOKS" => "Books",
            "HEALTH" => "Health",
            "BABY" => "Baby",
            "PET" => "Pets",
            "CAR" => "Cars",
            "HOBBY" => "Hobby",
            "OFFICE" => "Office",
            "DIGITAL" => "Digital",
            _ => "Other",
        }
    }
}
