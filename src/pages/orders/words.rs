//! What the pages of orders say.

use crate::pages::words::words;

words! {
    /// What the pages of orders say.
    Words {
        title: "내 주문" / "My orders";
        order(id): "주문 {id}" / "Order {id}";
        and_others(name, more): "{name} 외 {more}가지" / "{name} and {more} more";
        pending: "결제 기다림" / "Waiting for payment";
        ordered: "주문함" / "Ordered";
        failed: "되지 않음" / "Failed";
        cancelled: "취소함" / "Cancelled";
        expired: "시간 지남" / "Expired";
        none: "아직 주문이 없습니다" / "No orders yet";
        none_more: "지금 열린 딜에서 첫 주문을 해 보세요." / "Place your first one in a deal that is open now.";
        placed: "주문했습니다." / "Ordered.";
        placed_more: "기록되었습니다. 가게에 바로 알렸습니다." / "It is written. The shop was told at once.";
        list_price: "원래 값으로 주문했습니다." / "Ordered at the usual price.";
        list_price_more: "딜에 이만큼 남아 있지 않았습니다. 원하지 않으면 아래에서 바로 취소할 수 있습니다." / "The deal had no room for so many. If you do not want it, cancel it below at once.";
        was_ordered: "주문했습니다" / "You ordered";
        was_cancelled: "취소했습니다" / "You cancelled";
        accepted: "준비 중" / "Being made";
        ready: "준비됨" / "Ready";
        done: "받음" / "Received";
        was_accepted: "가게가 수락했습니다" / "The shop accepted";
        expected(time): "{time} 준비 예정" / "Expected {time}";
        is_ready: "준비되었습니다" / "It is ready";
        was_done: "받았습니다" / "You received it";
        was_rejected: "가게가 거절했습니다" / "The shop rejected it";
        out_of_stock: "남은 것이 없습니다." / "There is none left.";
        too_busy: "지금은 주문이 너무 많습니다." / "The shop has too much to do.";
        closed: "문을 닫았습니다." / "The shop is closed.";
        out_of_area: "그곳까지 보낼 수 없습니다." / "The shop cannot bring it there.";
        wrong_listing: "값이나 설명이 틀렸습니다." / "Price or description were wrong.";
        buyer_asked: "주문한 분이 부탁했습니다." / "You asked the shop to.";
        other_reason: "다른 까닭이 있습니다." / "For another reason.";
        not_answered: "가게가 제때 답하지 않았습니다." / "The shop did not answer in time.";
        standing: "남은 값" / "What stands";
        given_back: "재고와 돈을 같은 순간에 돌려드렸습니다." / "Stock and money went back in the same moment.";
        total: "낸 돈" / "Paid";
        cancel: "주문 취소" / "Cancel the order";
        cancel_note: "취소하면 바로 되고, 되돌릴 수 없습니다." / "It is done at once and cannot be undone.";
        all_orders: "모든 주문" / "All orders";
        what_happened: "지금까지" / "So far";
    }
}
