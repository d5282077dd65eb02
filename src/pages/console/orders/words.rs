//! What the list of a shop's orders, and the page of one, say.

use crate::pages::words::words;

words! {
    /// What the list of a shop's orders, and the page of one, say.
    Words {
        title: "주문" / "Orders";
        order(id): "주문 {id}" / "Order {id}";
        number: "번호" / "Number";
        ordered: "주문한 때" / "Ordered";
        what: "무엇을" / "What";
        pieces: "개수" / "Pieces";
        sum: "합계" / "Sum";
        state: "상태" / "State";
        filters: "상태로 거르기" / "Filter by state";
        all: "모두" / "All";
        new_orders: "새 주문" / "New";
        accepted: "수락함" / "Accepted";
        ready: "준비됨" / "Ready";
        done: "끝남" / "Done";
        rejected: "거절함" / "Rejected";
        cancelled: "취소됨" / "Cancelled";
        on_day: "날짜" / "Day";
        of_product: "상품 번호" / "Product number";
        find: "찾기" / "Find";
        forget: "조건 지우기" / "Clear";
        csv: "CSV로 받기" / "Get as CSV";
        none: "맞는 주문이 없습니다" / "No orders match";
        none_more: "조건을 지우면 모든 주문이 보입니다." / "Clear the filters to see all orders.";
        none_yet: "아직 주문이 없습니다" / "No orders yet";
        none_yet_more: "주문이 오면 주문판에 바로 뜨고, 여기에 남습니다." / "An order shows on the board at once, and stays here.";
        to_board: "주문판으로" / "To the board";
        newer: "처음으로" / "To the newest";
        and_others(name, more): "{name} 외 {more}가지" / "{name} and {more} more";
        all_orders: "모든 주문" / "All orders";
        print: "인쇄" / "Print";
        expected(time): "{time} 준비 예정" / "Expected {time}";
        since(time): "{time}부터" / "Since {time}";
        no_shop: "아직 가게가 없습니다" / "You have no shop yet";
        no_shop_more: "관리자가 가게를 열면 여기서 주문을 볼 수 있습니다." / "Once an admin has opened one for you, its orders are here.";
    }
}
