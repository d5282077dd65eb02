//! The client against a server that answers by script.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::load::{Crowd, Lanes, LoadError, Phase, Script};
use super::{Call, CallError, Session, Target};

/// What the server does with one request; the number counts them from 0.
type Reaction = fn(usize, &str) -> Option<String>;

/// A server that reacts to each request; `None` hangs up. Its requests are kept.
async fn server(reaction: Reaction) -> (Target, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, reaction, Arc::clone(&log)));
        }
    });
    (format!("http://{address}").parse().expect("an address"), seen)
}

async fn serve(mut stream: TcpStream, reaction: Reaction, log: Arc<Mutex<Vec<String>>>) {
    let mut buffer = [0; 4096];
    // The client never sends a second request before the first is answered, and these are small.
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
        let number = {
            let mut log = log.lock();
            log.push(request.clone());
            log.len() - 1
        };
        let Some(answer) = reaction(number, &request) else { return };
        // In two pieces, as a network may deliver it.
        let (first, second) = answer.split_at(answer.len() / 2);
        for piece in [first, second] {
            if stream.write_all(piece.as_bytes()).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn answer(status: &str, more: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!("HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\n\r\n{body}"))
}

fn crowd(size: usize) -> Crowd {
    let mut crowd = Crowd::default();
    (0..size).for_each(|person| crowd.join(&format!("token-{person}")));
    crowd
}

fn phase<'a>(script: &'a Script, crowd: &'a Crowd, limit: Option<Duration>) -> Phase<'a> {
    Phase { script, crowd, time_limit: limit, is_patient: false, progress: &|_| {} }
}

fn person_of(request: &str) -> usize {
    let token = request.split("Bearer token-").nth(1).and_then(|rest| rest.split('\r').next());
    token.and_then(|number| number.parse().ok()).expect("every request has a token")
}

#[tokio::test]
async fn each_person_asks_once_and_every_answer_is_counted() {
    let (target, seen) = server(|_, request| match person_of(request) % 3 {
        0 => answer("200 OK", "", "{}"),
        1 => answer("409 Conflict", "", r#"{"title":"x","code":"SOLD_OUT"}"#),
        _ => answer("204 No Content", "Connection: keep-alive\r\n", ""),
    })
    .await;
    let (script, crowd) = (Script::post(&target, "/api/noop", r#"{"eventId":1}"#), crowd(99));
    let mut lanes = Lanes::open(&target, 7).await.expect("somebody listens");
    let mut told = HashMap::new();
    let mut note = |person, reply: &super::Reply<'_>| {
        told.insert(person, reply.status);
    };
    let measured =
        lanes.run(&phase(&script, &crowd, None), &mut (0..99), &mut note).await.expect("answered");
    assert_eq!(told.len(), 99);
    assert!(told.iter().all(|(person, status)| [200, 409, 204][person % 3] == *status));
    let answers = &measured.answers;
    assert_eq!(answers.count(200, "") + answers.count(204, ""), 66);
    assert_eq!((answers.count(409, "SOLD_OUT"), answers.total()), (33, 99));
    assert_eq!(measured.latency.len(), 99);
    let requests = seen.lock();
    assert!(requests[0].starts_with("POST /api/noop HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert!(requests[0].ends_with("Content-Length: 13\r\n\r\n{\"eventId\":1}"));
}

#[tokio::test]
async fn a_time_limit_ends_a_crowd_that_never_tires() {
    let (target, _) = server(|_, _| answer("200 OK", "", "{}")).await;
    let (script, crowd) = (Script::post(&target, "/api/noop", "{}"), crowd(3));
    let mut lanes = Lanes::open(&target, 2).await.expect("somebody listens");
    // Time enough for more answers than people, also where a machine has much else to do.
    let limited = phase(&script, &crowd, Some(Duration::from_millis(500)));
    let measured =
        lanes.run(&limited, &mut (0..3).cycle(), &mut |_, _| {}).await.expect("answered");
    assert!(measured.answers.total() > 3 && measured.per_second() > 0.0);
}

#[tokio::test]
async fn a_lane_closed_between_phases_is_opened_again_and_one_that_breaks_is_told() {
    let (target, _) = server(|number, _| match number {
        0 => answer("200 OK", "Connection: close\r\n", "{}"),
        1 => answer("200 OK", "", "{}"),
        _ => None,
    })
    .await;
    let (script, crowd) = (Script::post(&target, "/", "{}"), crowd(3));
    let mut lanes = Lanes::open(&target, 1).await.expect("somebody listens");
    for person in 0..2 {
        let mut one = person..person + 1;
        lanes.run(&phase(&script, &crowd, None), &mut one, &mut |_, _| {}).await.expect("answered");
    }
    let broken = lanes.run(&phase(&script, &crowd, None), &mut (2..3), &mut |_, _| {}).await;
    assert!(matches!(broken, Err(LoadError::Broken { person: 2, .. })), "{broken:?}");
}

#[tokio::test]
async fn a_call_is_repeated_with_its_key_until_it_is_answered() {
    let (target, seen) = server(|number, _| match number {
        0 => answer("503 Service Unavailable", "Retry-After: 0\r\n", "{}"),
        1 => None,
        _ => answer("201 Created", "Location: /api/shops/7\r\n", r#"{"shopId":7}"#),
    })
    .await;
    let mut session = Session::new(target);
    let call = Call::post("/api/shops", "t", "key-1", b"{}");
    let made = session.expect(&call, 201).await.expect("the third try is answered");
    assert_eq!((made.location.as_deref(), made.repeats), (Some("/api/shops/7"), 2));
    let requests = seen.lock();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| *request == requests[0]), "{requests:?}");
    assert!(requests[0].contains("Idempotency-Key: \"key-1\"\r\n"));
}

#[tokio::test]
async fn what_may_not_be_repeated_is_not() {
    let (target, seen) = server(|_, _| None).await;
    let mut session = Session::new(target);
    let call =
        Call { repeatable: false, key: None, ..Call::post("/api/orders/v1", "t", "", b"{}") };
    assert!(matches!(session.call(&call).await, Err(CallError::NoAnswer { .. })));
    assert_eq!(seen.lock().len(), 1);
}
