//! `/admin/`: how the server does, at a glance.

use askama::Template;
use hotdeal_actors::ActorView;

use super::ms;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;
use crate::live::Live;
use crate::pages::Site;
use crate::pages::look::Look;
use crate::pages::menu::Part;
use crate::pages::say::count;
use crate::pages::words::words;

/// Actors in each of the short lists.
const FIRST: usize = 5;

words! {
    /// What the overview says.
    Words {
        title: "한눈에" / "Overview";
        refresh: "새로 고침" / "Refresh";
        off: "끔" / "Off";
        seconds(count): "{count}초" / "{count} s";
        kinds: "종류별 액터" / "Actors by kind";
        waiting(count): "우편함에 {count}" / "{count} waiting";
        ledger: "장부" / "Ledger";
        queue: "기다리는 기록" / "Entries waiting";
        of(capacity): "{capacity}칸 중" / "of {capacity}";
        transactions: "트랜잭션" / "Transactions";
        entries: "적은 기록" / "Entries written";
        a_batch: "한 번에" / "Entries a transaction";
        turn_p50: "커밋 p50 ms" / "Commit p50 ms";
        turn_p99: "커밋 p99 ms" / "Commit p99 ms";
        failures: "실패" / "Failures";
        is_failing: "장부를 적지 못하고 있습니다." / "The ledger cannot write.";
        connections: "연결" / "Connections";
        people: "이어진 사람" / "People connected";
        viewers: "딜을 보는 사람" / "Looking at deals";
        delivered: "건넨 소식" / "Events delivered";
        turned_away: "자리가 없어 돌려보냄" / "Turned away";
        ended: "서버가 끝냄" / "Ended by us";
        deepest: "우편함이 깊은 액터" / "Deepest mailboxes";
        slowest: "처리가 느린 액터 (p99 ms)" / "Slowest actors (p99 ms)";
        failing: "다시 시작한 액터" / "Restarted actors";
        none: "없습니다" / "None";
        all_actors: "모든 액터" / "All actors";
    }
}

/// A name, its figure, and what stands beside it.
struct Figure {
    name: &'static str,
    value: String,
    note: String,
}

impl Figure {
    fn new(name: &'static str, value: String) -> Self {
        Self { name, value, note: String::new() }
    }
}

/// An actor in a short list.
struct Short {
    id: String,
    address: String,
    value: String,
}

#[derive(Template)]
#[template(path = "admin/overview/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    kinds: Vec<Figure>,
    ledger: Vec<Figure>,
    is_failing: bool,
    ledger_error: Option<String>,
    connections: Vec<Figure>,
    lists: [(&'static str, Vec<Short>); 3],
}

/// The overview.
pub(in crate::pages) async fn show(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Overview);
    let words = Words(look.language);
    let view = call.state.mall.ledger();
    let totals = call.state.mall.totals();
    let kinds = totals.into_iter().map(|(kind, totals)| Figure {
        name: kind,
        value: count(totals.live),
        note: words.waiting(count(totals.waiting)),
    });
    let page = Page {
        kinds: kinds.collect(),
        ledger: ledger(call, words),
        is_failing: view.failing,
        ledger_error: view.last_error,
        connections: connections(call, words),
        lists: lists(&call.state.mall.actors(), words),
        words,
        page: &look,
    };
    look.answer(call, &page)
}

fn ledger(call: &Call, words: Words) -> Vec<Figure> {
    let mall = &call.state.mall;
    let (view, (depth, capacity), turn) =
        (mall.ledger(), mall.ledger_queue(), mall.ledger_turn_us());
    // To a tenth.
    let tenths = view.entries_total * 10 / view.transactions_total.max(1);
    vec![
        Figure {
            name: words.queue(),
            value: count(depth as i64),
            note: words.of(count(capacity as i64)),
        },
        Figure::new(words.transactions(), count(view.transactions_total)),
        Figure::new(words.entries(), count(view.entries_total)),
        Figure::new(words.a_batch(), format!("{}.{}", count(tenths / 10), tenths % 10)),
        Figure::new(words.turn_p50(), ms(turn.p50)),
        Figure::new(words.turn_p99(), ms(turn.p99)),
        Figure::new(words.failures(), count(view.failed_total)),
    ]
}

fn connections(call: &Call, words: Words) -> Vec<Figure> {
    let view = call.part::<Live>().fanout.view();
    let ended: u64 = view.ended.iter().map(|ended| ended.total).sum();
    let open = view.transports.iter();
    let open = open.map(|one| Figure::new(one.transport, count(one.open as i64)));
    let viewers = call.part::<Site>().viewers.count();
    let others = [
        Figure::new(words.people(), count(view.people as i64)),
        Figure::new(words.viewers(), count(viewers as i64)),
        Figure::new(words.delivered(), count(view.delivered_total)),
        Figure::new(words.turned_away(), count(view.turned_away_total)),
        Figure::new(words.ended(), count(ended)),
    ];
    open.chain(others).collect()
}

/// The deepest mailboxes, the slowest actors, and those that were restarted.
fn lists(actors: &[ActorView], words: Words) -> [(&'static str, Vec<Short>); 3] {
    let first = |weight: &dyn Fn(&ActorView) -> u64, shown: &dyn Fn(u64) -> String| {
        let mut found: Vec<(u64, &ActorView)> =
            actors.iter().map(|actor| (weight(actor), actor)).filter(|(by, _)| *by > 0).collect();
        found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.id.cmp(&other.1.id)));
        let short = |(by, actor): (u64, &ActorView)| Short {
            id: actor.id.clone(),
            address: format!("/admin/actors/{}/{}", actor.kind, actor.key),
            value: shown(by),
        };
        found.into_iter().take(FIRST).map(short).collect()
    };
    let depth = |actor: &ActorView| u64::try_from(actor.mailbox.depth).unwrap_or(0);
    [
        (words.deepest(), first(&depth, &count)),
        (words.slowest(), first(&|actor| actor.latency.handle_us.p99, &ms)),
        (words.failing(), first(&|actor| actor.restarts, &count)),
    ]
}
