//! The intake under random bytes, beside the parser that reads what it gives. `HOTDEAL_INTAKE_SEED`
//! repeats a run.

use httparse::{EMPTY_HEADER, Request, Status};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::ends::{Found, Line, end_of_head};
use super::tests::{GET, read, said};
use super::*;

const SEED: &str = "HOTDEAL_INTAKE_SEED";
/// Heads that are tried, and bodies.
const HEADS: usize = 100_000;
const BODIES: usize = 500;
/// As many fields as the server takes.
const FIELDS_MAX: usize = 96;

/// What heads are made of, and what has no place in them.
const SCRAPS: [&[u8]; 20] = [
    b"GET / HTTP/1.1",
    b"POST",
    b" ",
    b"/a?b=c",
    b"HTTP/1.0",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\r\r\n",
    b":",
    b"host: x",
    b"a",
    b"content-length: 5",
    b"transfer-encoding: chunked",
    b"\t",
    b"\0",
    b"\x7f",
    b"\xc3\xa9",
    b"\xff",
];

fn random(what: &str) -> StdRng {
    let seed = std::env::var(SEED).map_or_else(
        |_| rand::random(),
        |seed| seed.parse().unwrap_or_else(|_| panic!("{SEED} is a number, not `{seed}`")),
    );
    println!("{what}: {SEED}={seed}");
    StdRng::seed_from_u64(seed)
}

fn scrap(random: &mut StdRng) -> &'static [u8] {
    SCRAPS[random.random_range(0..SCRAPS.len())]
}

/// A head as clients send it, in which up to three places are not as they should be.
fn head(random: &mut StdRng) -> Vec<u8> {
    let mut head = b"GET /a HTTP/1.1\r\n".to_vec();
    for number in 0..random.random_range(0..4) {
        head.extend(format!("x-{number}: ").bytes());
        head.extend((0..random.random_range(0..20)).map(|_| random.random_range(b' '..b'~')));
        head.extend(b"\r\n");
    }
    head.extend(b"\r\n");
    for _ in 0..random.random_range(0..4) {
        let from = random.random_range(0..=head.len());
        let to = (from + random.random_range(0..3)).min(head.len());
        head.splice(from..to, scrap(random).iter().copied());
    }
    head
}

/// What the parser makes of it: the length of the head, or `None` while it lacks something.
fn parsed(bytes: &[u8]) -> Result<Option<usize>, httparse::Error> {
    let mut fields = [EMPTY_HEADER; FIELDS_MAX];
    Ok(match Request::new(&mut fields).parse(bytes)? {
        Status::Complete(length) => Some(length),
        Status::Partial => None,
    })
}

#[test]
fn a_head_ends_where_the_parser_ends_it_or_the_parser_refuses_it() {
    let random = &mut random("heads");
    let (mut whole, mut bare) = (0, 0);
    for _ in 0..HEADS {
        let mut bytes = head(random);
        match (end_of_head(Line::FIRST, &bytes), parsed(&bytes)) {
            (Found::End(end), Ok(theirs)) => {
                assert_eq!(Some(end), theirs, "{:?}", bytes.escape_ascii().to_string());
                whole += 1;
            }
            (Found::Bare(at), _) => {
                bytes[at] = 0;
                let refused = parsed(&bytes[..=at]);
                assert!(refused.is_err(), "{:?}", bytes.escape_ascii().to_string());
                bare += 1;
            }
            (Found::End(_), Err(_)) => {}
            (Found::More(_), theirs) => {
                let ended = theirs.ok().flatten();
                assert_eq!(ended, None, "{:?}", bytes.escape_ascii().to_string());
            }
        }
    }
    assert!(
        whole > HEADS / 10 && bare > HEADS / 100,
        "{whole} whole heads, {bare} bare line feeds"
    );
}

#[test]
fn a_head_ends_at_the_same_byte_in_whatever_pieces_it_comes() {
    let random = &mut random("pieces");
    for _ in 0..HEADS {
        let bytes = head(random);
        let (mut line, mut at, mut found) = (Line::FIRST, 0, None);
        while at < bytes.len() && found.is_none() {
            let piece = &bytes[at..(at + random.random_range(1..9)).min(bytes.len())];
            match end_of_head(line, piece) {
                Found::More(next) => line = next,
                Found::End(end) => found = Some(Found::End(at + end)),
                Found::Bare(index) => found = Some(Found::Bare(at + index)),
            }
            at += piece.len();
        }
        let in_pieces = found.unwrap_or(Found::More(line));
        let at_once = end_of_head(Line::FIRST, &bytes);
        assert_eq!(in_pieces, at_once, "{:?}", bytes.escape_ascii().to_string());
    }
}

/// A chunked body of random chunks, with extensions and trailers.
fn chunks(random: &mut StdRng) -> String {
    let mut body = String::new();
    for _ in 0..random.random_range(0..5) {
        let size = random.random_range(1..40);
        let zeros = "0".repeat(random.random_range(0..3));
        let extension = ["", ";a", ";a=0", " ;a=\"b\""][random.random_range(0..4)];
        let data: String =
            (0..size).map(|_| ['\r', '\n', '0', 'a', 'G'][random.random_range(0..5)]).collect();
        body += &format!("{zeros}{size:x}{extension}\r\n{data}\r\n");
    }
    body += ["0\r\n", "000\r\n", "0;a\r\n"][random.random_range(0..3)];
    body += ["", "abc: 1\r\n", "a: 0\r\nb:\r\n"][random.random_range(0..3)];
    body + "\r\n"
}

#[tokio::test]
async fn a_chunked_body_is_given_whole_and_the_next_request_after_it() {
    let random = &mut random("chunks");
    let head = "PUT / HTTP/1.1\r\n\r\n";
    for _ in 0..BODIES {
        let body = chunks(random);
        let all = format!("{head}{body}{GET}");
        let (mut pieces, mut left) = (Vec::new(), &*all);
        while !left.is_empty() {
            let (piece, rest) = left.split_at(random.random_range(1..20).min(left.len()));
            pieces.push(piece);
            left = rest;
        }
        let (mut intake, gate) = said(&pieces);
        assert_eq!(read(&mut intake).0, head);
        gate.pass(IntakeTurn::Chunks);
        let mut seen = String::new();
        while seen.len() < body.len() {
            // What may end the body others see first, and ask again.
            let (more, at_once) = read(&mut intake);
            assert!(at_once || !more.is_empty(), "{seen:?} of {pieces:?}");
            seen.push_str(&more);
        }
        assert_eq!(seen, body, "{pieces:?}");
        gate.turn.set(IntakeTurn::Answer); // Set by the reader of the body.
        drop(Answering(Some(gate)));
        assert_eq!(read(&mut intake).0, GET, "{pieces:?}");
    }
}
