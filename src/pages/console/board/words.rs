//! What the order board says. Sentences that its script says as well are in `Words::script`, with `{}` for values.

use crate::pages::words::words;

words! {
    /// What the order board says.
    Words {
        title: "주문판" / "Order board";
        new_orders: "새 주문" / "New";
        accepted: "수락함" / "Accepted";
        ready: "준비됨" / "Ready";
        done: "끝남" / "Done";
        new_note: "10분 안에 답하기" / "Answer within 10 min";
        accepted_note: "약속한 시각까지" / "By the time you named";
        ready_note: "내줄 차례" / "To hand over";
        done_note: "최근 주문" / "The latest";
        columns: "칸" / "Columns";
        counted(title, count): "{title} {count}건" / "{title}: {count}";
        none_open: "아직 없습니다" / "None yet";
        just_now: "방금" / "Just now";
        answer_in(time): "{time} 안에 답" / "Answer in {time}";
        late(time): "{time} 늦음" / "{time} late";
        until(time): "{time}까지" / "By {time}";
        ready_for(time): "준비한 지 {time}" / "Ready for {time}";
        minutes(count): "{count}분" / "{count} min";
        handed_over(time): "{time} 내줌" / "Handed over {time}";
        more_lines(count): "그 밖에 {count}가지" / "and {count} more";
        ready_in(order): "주문 {order} 준비 시간" / "Order {order}: ready in";
        accept: "수락" / "Accept";
        reject: "거절" / "Reject";
        reason: "거절하는 까닭" / "Why";
        do_reject: "거절하기" / "Reject it";
        reject_note: "재고와 돈을 바로 돌려드립니다." / "Stock and money go back at once.";
        prepared: "준비됨" / "It is ready";
        hand_over: "내줌" / "Handed over";
        out_of_stock: "남은 것이 없음" / "None left";
        too_busy: "주문이 너무 많음" / "Too much to do";
        closed: "문을 닫음" / "Closed";
        out_of_area: "보낼 수 없는 곳" / "Too far away";
        wrong_listing: "값이나 설명이 틀림" / "Price or description wrong";
        buyer_asked: "주문한 분이 부탁함" / "The buyer asked";
        other: "다른 까닭" / "Another reason";
        live: "실시간" / "Live";
        connecting: "연결하는 중" / "Connecting";
        paused: "화면 멈춤" / "Hold the board";
        known(time): "{time}까지의 주문입니다. 다시 이어지면 바로 바뀝니다." / "Orders as of {time}. They change as soon as the connection is back.";
        waiting(count): "누르신 {count}건은 그때 보냅니다." / "What you pressed ({count}) is sent then.";
        waits(what): "누른 것이 기다림: {what}" / "Waits to be sent: {what}";
        more(count): "{count}건 더 있음 · 위에 넣기" / "{count} more · put on top";
        came(order): "새 주문: {order}" / "New order: {order}";
        moved(order, state): "주문 {order}: {state}" / "Order {order}: {state}";
        cancelled: "구매자가 취소함" / "cancelled by the buyer";
        rejected: "거절함" / "rejected";
        sound: "새 주문 소리" / "Sound for a new order";
        sound_on: "소리 켜짐" / "Sound on";
        sound_off: "소리 꺼짐" / "Sound off";
        try_it: "들어 보기" / "Try it";
        volume: "크기" / "Volume";
        repeats: "확인할 때까지 20초마다" / "Every 20 s until seen";
        seen: "확인했습니다" / "I have seen it";
        blocked: "브라우저가 소리를 막았습니다. 들어 보기를 누르면 풀립니다." / "The browser blocks sound. Press Try it to allow it.";
        no_shop: "아직 가게가 없습니다" / "You have no shop yet";
        no_shop_more: "가게를 열면 주문이 여기에 뜹니다." / "Open a shop, and its orders show up here.";
        refused: "하지 못했습니다" / "It was not done";
        lost: "답을 받지 못했습니다. 같은 것을 다시 보냅니다. 두 번 되지 않습니다." / "No answer came. The same is sent again. It is not done twice.";
    }
}

impl Words {
    /// The sentences of the script as JSON; `{}` stands for a value that it puts in.
    pub(super) fn script(self) -> String {
        let value = "{}";
        let sentences = serde_json::json!({
            "NEW": self.new_orders(), "ACCEPTED": self.accepted(), "READY": self.ready(), "DONE": self.done(),
            "CANCELLED": self.cancelled(), "REJECTED": self.rejected(),
            "counted": self.counted(value, value),
            "justNow": self.just_now(), "answerIn": self.answer_in(value), "late": self.late(value),
            "until": self.until(value), "readyFor": self.ready_for(value), "minutes": self.minutes(value),
            "handedOver": self.handed_over(value), "moreLines": self.more_lines(value),
            "readyIn": self.ready_in(value),
            "live": self.live(), "connecting": self.connecting(), "known": self.known(value),
            "waiting": self.waiting(value), "waits": self.waits(value), "more": self.more(value),
            "came": self.came(value), "moved": self.moved(value, value), "lost": self.lost(),
            "soundOn": self.sound_on(), "soundOff": self.sound_off(), "refused": self.refused(),
        });
        sentences.to_string()
    }
}
