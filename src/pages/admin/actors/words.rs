//! What the pages of actors say.

use crate::pages::words::words;

words! {
    /// What the pages of actors say.
    Words {
        title: "액터" / "Actors";
        actor: "액터" / "Actor";
        kinds: "종류별 액터" / "Actors by kind";
        find: "액터 찾기" / "Find an actor";
        search: "찾기" / "Find";
        filters: "상태로 거르기" / "Filter by state";
        all: "모두" / "All";
        waiting: "밀림" / "Waiting";
        failing: "다시 시작함" / "Restarted";
        state: "상태" / "State";
        mailbox: "우편함" / "Mailbox";
        handled: "처리" / "Handled";
        refused: "거절" / "Refused";
        wait_p50: "기다림 p50 ms" / "Wait p50 ms";
        wait_p99: "기다림 p99 ms" / "Wait p99 ms";
        handle_p99: "처리 p99 ms" / "Handle p99 ms";
        sequence: "마지막 순번" / "Last fact";
        epoch: "세대" / "Epoch";
        restarts: "다시 시작" / "Restarts";
        depth(capacity, depth): "우편함 {capacity}칸 중 {depth}" / "{depth} of {capacity} places in the mailbox";
        of(capacity): "{capacity}칸 중" / "of {capacity}";
        running: "살아 있음" / "Running";
        starting: "깨어나는 중" / "Starting";
        passivating: "잠드는 중" / "Going to sleep";
        failed: "실패함" / "Failed";
        shown(total, shown): "{total}개 가운데 {shown}개" / "{shown} of {total}";
        none: "맞는 액터가 없습니다" / "No actor matches";
        none_more: "자는 액터는 여기 없습니다. 누가 부르면 깨어납니다." / "Actors that are asleep are not here. They wake when somebody asks.";
        refresh: "새로 고침" / "Refresh";
        off: "끔" / "Off";
        seconds(count): "{count}초" / "{count} s";
        started: "깨어난 때" / "Since";
        idle: "쉰 시간" / "Idle";
        in_flight: "적는 중" / "Being written";
        high_water: "가장 깊었을 때" / "Deepest";
        turned_away: "못 들어옴" / "Turned away";
        last_error: "마지막 오류" / "Last error";
        now_state: "지금 상태" / "State now";
        journal: "장부의 끝" / "End of the journal";
        when: "시각" / "When";
        facts: "사실" / "Facts";
        no_facts: "적은 것이 없습니다." / "It has written nothing.";
        travel: "그때의 재고" / "Stock at that time";
        travel_coupons: "그때 나간 쿠폰" / "Coupons issued by then";
        travel_deal: "그때의 딜" / "The deal at that time";
        at(sequence, time): "{time} · 순번 {sequence}" / "{time} · fact {sequence}";
        pieces(count): "{count}개" / "{count}";
        coupons(count): "{count}장" / "{count}";
        product: "상품 번호" / "Product number";
        every_product: "모든 상품" / "All products";
        sequence_of: "순번" / "Fact";
        go: "보기" / "Show";
        before: "한 사실 앞으로" / "One fact back";
        after: "한 사실 뒤로" / "One fact on";
        to_now: "지금으로" / "To now";
        pick: "순번 고르기" / "Choose a fact";
        table: "표로 보기" / "As a table";
        available: "판매 가능" / "Can be sold";
        on_hand: "가진 것" / "On hand";
        sold: "팔린 것" / "Sold";
        later: "그 뒤" / "Later";
        chart(first, last): "판매 가능 재고: 처음 {first}개, 마지막 {last}개" / "Stock that can be sold: {first} at first, {last} at last";
        open_deal: "열려 있었음" / "It was on";
        paused_deal: "멈춰 있었음" / "It was paused";
        cancelled_deal: "취소되어 있었음" / "It was cancelled";
        counts_only: "사람의 정보는 담지 않습니다." / "Nothing of persons is in it.";
    }
}
