//! `/admin/actors`: the actors that live on this node, and `/admin/actors/{kind}/{id}`: one of them.
//!
//! The list is read from counters, without a message to any actor. What it is filtered and sorted by stands in its
//! address. Looking back at a stream is in [`travel`].

mod travel;
mod words;

use askama::Template;
use hotdeal_actors::{ActorDetail, ActorView};
use hotdeal_domain::UnixMillis;

use self::travel::Travel;
use self::words::Words;
use super::ms;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::pages::look::{Look, query_value};
use crate::pages::menu::Part;
use crate::pages::say::count;

/// Rows of the list at most: what a person looks through.
const ROWS: usize = 100;
/// Characters of a search at most: an id has fewer.
const FIND_MAX: usize = 64;

/// What the list is sorted by: its name in the address, and the order.
const SORTS: [&str; 6] = ["depth", "handled", "refused", "wait", "handle", "restarts"];

/// An actor in the list.
struct Row {
    id: String,
    address: String,
    state: &'static str,
    /// The kind and the icon of its tag.
    tag: (&'static str, &'static str),
    depth: i64,
    capacity: usize,
    depth_label: String,
    handled: String,
    refused: String,
    wait_p50: String,
    wait_p99: String,
    handle_p99: String,
    sequence: String,
    epoch: i64,
    restarts: u64,
}

impl Row {
    fn new(actor: &ActorView, words: Words) -> Self {
        let (state, tag) = match actor.state {
            "running" => (words.running(), ("ok", "check")),
            "starting" => (words.starting(), ("warn", "clock")),
            "passivating" => (words.passivating(), ("", "clock")),
            _ => (words.failed(), ("bad", "warn")),
        };
        let (depth, capacity) = (actor.mailbox.depth, actor.mailbox.capacity);
        Self {
            id: actor.id.clone(),
            address: format!("/admin/actors/{}/{}", actor.kind, actor.key),
            state,
            tag,
            depth,
            capacity,
            depth_label: words.depth(count(capacity as i64), count(depth)),
            handled: count(actor.messages.handled_total),
            refused: count(actor.messages.refused_total),
            wait_p50: ms(actor.latency.wait_us.p50),
            wait_p99: ms(actor.latency.wait_us.p99),
            handle_p99: ms(actor.latency.handle_us.p99),
            sequence: count(actor.last_durable_sequence),
            epoch: actor.epoch,
            restarts: actor.restarts,
        }
    }

    /// From so many on the mailbox counts as deep.
    fn low(&self) -> usize {
        self.capacity / 5
    }

    fn high(&self) -> usize {
        self.capacity / 10 * 9
    }
}

/// What the list is filtered and sorted by.
#[derive(Clone, Default)]
struct Filter {
    kind: String,
    find: String,
    /// `waiting`, `failing`, or nothing.
    state: &'static str,
    sort: &'static str,
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Problem> {
        let text = |name| Ok::<_, Problem>(call.query(name)?.unwrap_or_default());
        let (kind, find) = (text("kind")?, text("find")?.trim().to_owned());
        if kind.len() > FIND_MAX || find.len() > FIND_MAX {
            return Err(Problem::value("find", "너무 깁니다", "too long"));
        }
        let state = match text("state")?.as_str() {
            "" => "",
            "waiting" => "waiting",
            "failing" => "failing",
            _ => return Err(Problem::not_among("state", &["waiting", "failing"])),
        };
        let sort = text("sort")?;
        let sort = match sort.as_str() {
            "" => SORTS[0],
            named => SORTS
                .into_iter()
                .find(|sort| *sort == named)
                .ok_or_else(|| Problem::not_among("sort", &SORTS))?,
        };
        Ok(Self { kind, find, state, sort })
    }

    fn address(&self) -> String {
        let named = [
            ("kind", self.kind.as_str()),
            ("find", self.find.as_str()),
            ("state", self.state),
            ("sort", if self.sort == SORTS[0] { "" } else { self.sort }),
        ];
        let named = named.into_iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> =
            named.map(|(name, value)| format!("{name}={}", query_value(value))).collect();
        match query.is_empty() {
            true => "/admin/actors".to_owned(),
            false => format!("/admin/actors?{}", query.join("&")),
        }
    }

    fn admits(&self, actor: &ActorView) -> bool {
        (self.kind.is_empty() || actor.kind == self.kind)
            && (self.find.is_empty() || actor.id.contains(&self.find))
            && match self.state {
                "waiting" => actor.mailbox.depth > 0,
                "failing" => actor.restarts > 0 || actor.last_error.is_some(),
                _ => true,
            }
    }

    /// What is greatest comes first.
    fn weight(&self, actor: &ActorView) -> u64 {
        let number = |number: i64| u64::try_from(number).unwrap_or(0);
        match self.sort {
            "handled" => actor.messages.handled_total,
            "refused" => actor.messages.refused_total,
            "wait" => actor.latency.wait_us.p99,
            "handle" => actor.latency.handle_us.p99,
            "restarts" => actor.restarts,
            _ => number(actor.mailbox.depth),
        }
    }
}

/// A choice that is an address.
struct Chip {
    text: String,
    address: String,
    is_chosen: bool,
    count: String,
}

/// A column that can be sorted by.
struct Column {
    text: &'static str,
    address: String,
    is_sorted: bool,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "admin/actors/list.html")]
struct ListPage<'a> {
    page: &'a Look,
    words: Words,
    filter: Filter,
    kinds: Vec<Chip>,
    states: Vec<Chip>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    shown: String,
}

/// The list of actors.
pub(in crate::pages) async fn list(call: &Call) -> Result<Answer, Problem> {
    let (look, filter) = (Look::of(call, Part::Actors), Filter::read(call)?);
    let words = Words(look.language);
    let actors = call.state.mall.actors();
    let chip = |text: String, filter: Filter, is_chosen, counted: usize| Chip {
        text,
        address: filter.address(),
        is_chosen,
        count: count(counted as i64),
    };
    let of_kind = |kind: &str| Filter { kind: kind.to_owned(), ..filter.clone() };
    let totals = call.state.mall.totals();
    let kinds = totals.iter().map(|(kind, totals)| {
        let live = usize::try_from(totals.live).unwrap_or(0);
        chip((*kind).to_owned(), of_kind(kind), filter.kind == *kind, live)
    });
    let all = chip(words.all().to_owned(), of_kind(""), filter.kind.is_empty(), actors.len());
    let kinds = std::iter::once(all).chain(kinds).collect();
    let states = [("", words.all()), ("waiting", words.waiting()), ("failing", words.failing())];
    let states = states.map(|(state, text)| {
        let other = Filter { state, ..filter.clone() };
        let counted = actors.iter().filter(|actor| other.admits(actor)).count();
        chip(text.to_owned(), other, filter.state == state, counted)
    });
    let mut found: Vec<&ActorView> = actors.iter().filter(|actor| filter.admits(actor)).collect();
    found.sort_by(|one, other| {
        filter.weight(other).cmp(&filter.weight(one)).then_with(|| one.id.cmp(&other.id))
    });
    let total = found.len();
    let rows: Vec<Row> = found.iter().take(ROWS).map(|actor| Row::new(actor, words)).collect();
    let shown = words.shown(count(total as i64), count(rows.len() as i64));
    let columns = columns(&filter, words);
    look.answer(
        call,
        &ListPage {
            page: &look,
            words,
            kinds,
            states: states.into(),
            columns,
            rows,
            shown,
            filter,
        },
    )
}

fn columns(filter: &Filter, words: Words) -> Vec<Column> {
    let columns = [
        (words.mailbox(), "depth", ""),
        (words.handled(), "handled", "num extra"),
        (words.refused(), "refused", "num extra"),
        (words.wait_p50(), "", "num extra"),
        (words.wait_p99(), "wait", "num"),
        (words.handle_p99(), "handle", "num"),
        (words.sequence(), "", "num extra"),
        (words.epoch(), "", "num extra"),
        (words.restarts(), "restarts", "num"),
    ];
    let column = |(text, name, class): (&'static str, &str, &'static str)| {
        let sort = SORTS.into_iter().find(|sort| *sort == name);
        Column {
            text,
            address: sort
                .map(|sort| Filter { sort, ..filter.clone() }.address())
                .unwrap_or_default(),
            is_sorted: sort == Some(filter.sort),
            class,
        }
    };
    columns.into_iter().map(column).collect()
}

/// A transaction's facts of the actor.
struct Entry {
    sequence: String,
    at: String,
    stamp: String,
    facts: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/actors/page.html")]
struct ActorPage<'a> {
    page: &'a Look,
    words: Words,
    row: Row,
    /// Names and values.
    facts: Vec<(&'static str, String)>,
    last_error: Option<String>,
    state: String,
    journal: Vec<Entry>,
    travel: Option<Travel>,
}

/// One actor.
pub(in crate::pages) async fn show(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Actors);
    let words = Words(look.language);
    let found = call.state.mall.actor(call.path("kind"), call.path("id")).await?;
    let ActorDetail { actor, state, journal, .. } = found.ok_or(Code::ActorNotFound)?;
    let travel = Travel::of(call, &look, words).await?;
    let say = look.say;
    let journal = journal.into_iter().map(|entry| {
        let at = UnixMillis(entry.recorded_at);
        let kinds = entry.kinds.into_iter();
        Entry {
            sequence: match entry.first_sequence == entry.sequence {
                true => count(entry.sequence),
                false => format!("{}–{}", count(entry.first_sequence), count(entry.sequence)),
            },
            at: say.day_and_time(at, look.now),
            stamp: say.stamp(at),
            facts: kinds.map(|(kind, number)| format!("{kind} × {}", count(number))).collect(),
        }
    });
    let page = ActorPage {
        facts: facts(&actor, words, &look),
        row: Row::new(&actor, words),
        last_error: actor.last_error,
        state: serde_json::to_string_pretty(&state).unwrap_or_default(),
        journal: journal.collect(),
        travel,
        words,
        page: &look,
    };
    look.answer(call, &page)
}

fn facts(actor: &ActorView, words: Words, look: &Look) -> Vec<(&'static str, String)> {
    let started = look.say.day_and_time(UnixMillis(actor.started_at), look.now);
    let idle = words.seconds(count(actor.idle_ms / 1_000));
    vec![
        (words.started(), started),
        (words.idle(), idle),
        (words.handled(), count(actor.messages.handled_total)),
        (words.refused(), count(actor.messages.refused_total)),
        (words.high_water(), count(actor.mailbox.high_water)),
        (words.turned_away(), count(actor.mailbox.rejected_total)),
        (words.wait_p50(), ms(actor.latency.wait_us.p50)),
        (words.wait_p99(), ms(actor.latency.wait_us.p99)),
        (words.handle_p99(), ms(actor.latency.handle_us.p99)),
        (words.sequence(), count(actor.last_durable_sequence)),
        (words.in_flight(), count(actor.facts_in_flight)),
        (words.epoch(), count(actor.epoch)),
        (words.restarts(), count(actor.restarts)),
    ]
}
