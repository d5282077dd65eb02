use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_test::io::{Builder, Mock};
use tokio_test::{assert_pending, assert_ready_ok, task};

use super::*;

pub(super) const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const LATE: Duration = Duration::from_secs(10);
const POST: &str = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n";

/// A client that has said these pieces, and no more.
pub(super) fn said(pieces: &[&str]) -> (Intake<Mock>, Rc<Gate>) {
    let mut mock = Builder::new();
    for piece in pieces {
        mock.read(piece.as_bytes());
    }
    // Without it the connection would have ended.
    mock.wait(std::time::Duration::from_secs(3_600));
    let intake = Intake::new(mock.build(), ([127, 0, 0, 1], 80).into(), LATE, None);
    let gate = intake.connection.gate.clone();
    (intake, gate)
}

/// What is given until it has to be waited for, and whether it is to be asked again at once.
pub(super) fn read<S: AsyncRead + AsyncWrite + Unpin>(intake: &mut Intake<S>) -> (String, bool) {
    let mut all = Vec::new();
    let mut task = task::spawn(intake);
    loop {
        let mut room = [0; 8 * PIECE];
        let mut buffer = ReadBuf::new(&mut room);
        let given =
            task.enter(|cx, intake| Pin::new(&mut **intake.get_mut()).poll_read(cx, &mut buffer));
        match given {
            Poll::Ready(outcome) => outcome.expect("no stream here fails"),
            Poll::Pending => break,
        }
        if buffer.filled().is_empty() {
            all.extend_from_slice(b"<end>");
            break;
        }
        all.extend_from_slice(buffer.filled());
    }
    (String::from_utf8(all).expect("text"), task.is_woken())
}

fn given(text: &str) -> (String, bool) {
    (text.to_owned(), false)
}

/// As a request does it that has no body, or whose body was given.
fn answering(gate: &Rc<Gate>) -> Answering {
    assert!(matches!(gate.turn.get(), IntakeTurn::Understood(_)), "{:?}", gate.turn.get());
    gate.turn.set(IntakeTurn::Answer);
    Answering(Some(gate.clone()))
}

#[tokio::test]
async fn a_request_is_given_when_the_one_before_it_is_answered() {
    let (mut intake, gate) = said(&[&GET.repeat(3)]);
    for _ in 0..3 {
        assert_eq!(read(&mut intake), given(GET));
        let turn = answering(&gate);
        assert_eq!(read(&mut intake), given(""));
        drop(turn);
    }
    assert_eq!(read(&mut intake), given(""));
}

#[tokio::test]
async fn who_waits_for_the_next_request_is_woken_by_the_answer() {
    let (mut intake, gate) = said(&[&GET.repeat(2)]);
    assert_eq!(read(&mut intake), given(GET));
    let turn = answering(&gate);
    let mut task = task::spawn(&mut intake);
    let mut room = [0; 64];
    let mut buffer = ReadBuf::new(&mut room);
    let asked =
        task.enter(|cx, intake| Pin::new(&mut **intake.get_mut()).poll_read(cx, &mut buffer));
    assert_pending!(asked);
    assert!(!task.is_woken(), "there is nothing to ask for before the answer");
    drop(turn);
    assert!(task.is_woken());
}

#[tokio::test]
async fn a_head_ends_where_its_reader_says_so_however_it_comes() {
    for head in [
        GET.to_owned(),
        format!("\r\n\r\n{GET}"),
        format!("GET / HTTP/1.1\r\ncookie: {}\r\n\r\n", "x".repeat(3 * PIECE)),
        "GET / HTTP/1.1\r\n\rx: y\r\n\r\n".to_owned(),
    ] {
        for at in 0..head.len().min(80) {
            let (mut intake, gate) = said(&[&head[..at], &head[at..], GET]);
            assert_eq!(read(&mut intake), given(&head), "cut at {at}");
            drop(answering(&gate));
            assert_eq!(read(&mut intake), given(GET), "after {head:?} cut at {at}");
        }
    }
}

#[tokio::test]
async fn a_line_feed_without_a_return_is_given_as_what_nobody_takes() {
    for head in [
        "GET / HTTP/1.1\nhost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\n\n",
        "\nGET / HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\r\nx: y\n\r\n",
    ] {
        let bare = (0..head.len())
            .find(|at| head[*at..].starts_with('\n') && !head[..*at].ends_with('\r'))
            .expect("each has one");
        for at in 0..head.len() {
            let (mut intake, _) = said(&[&head[..at], &head[at..]]);
            let (given, _) = read(&mut intake);
            assert_eq!(given.find('\0'), Some(bare), "{head:?} cut at {at}");
        }
    }
}

#[tokio::test]
async fn a_body_comes_with_its_head_and_no_further_than_its_end() {
    let (mut intake, gate) = said(&[&format!("{POST}12345{GET}")]);
    assert_eq!(read(&mut intake), given(&format!("{POST}12345")));
    assert_eq!(gate.turn.get(), IntakeTurn::Understood(5));
    drop(answering(&gate));
    assert_eq!(read(&mut intake), given(GET));
}

#[tokio::test]
async fn the_rest_of_a_body_is_given_in_pieces_as_large_as_there_is_room() {
    let body = "x".repeat(5 * PIECE);
    let (mut intake, gate) = said(&[POST, &format!("{body}{GET}")]);
    assert_eq!(read(&mut intake), given(POST));
    assert_eq!(gate.turn.get(), IntakeTurn::Understood(0));
    gate.pass(IntakeTurn::Body(body.len() as u64));
    assert_eq!(read(&mut intake), given(&body));
    assert_eq!(gate.turn.get(), IntakeTurn::Answer);
    drop(Answering(Some(gate)));
    assert_eq!(read(&mut intake), given(GET));
}

#[tokio::test]
async fn chunks_are_given_up_to_their_end_however_they_come() {
    let head = "PUT / HTTP/1.1\r\n\r\n";
    let long = format!("{:x};a=b\r\n{}\r\n0\r\n\r\n", 3 * PIECE, "\n".repeat(3 * PIECE));
    for chunks in ["3\r\na\nb\r\n0\r\n\r\n", "0A\r\n0123456789\r\n000\r\n\r\n", &long] {
        for at in 0..chunks.len().min(24) {
            let (first, second) = chunks.split_at(at);
            let (mut intake, gate) = said(&[&format!("{head}{first}"), &format!("{second}{GET}")]);
            assert_eq!(read(&mut intake), given(head));
            gate.pass(IntakeTurn::Chunks);
            let mut seen = String::new();
            while seen.len() < chunks.len() {
                // What may end the body others see first, and ask again.
                let (more, at_once) = read(&mut intake);
                assert!(at_once || !more.is_empty(), "{seen:?}, cut at {at}");
                seen.push_str(&more);
            }
            assert_eq!(seen, chunks, "cut at {at}");
            // Set by the reader of the body.
            gate.turn.set(IntakeTurn::Answer);
            drop(Answering(Some(gate)));
            assert_eq!(read(&mut intake), given(GET), "cut at {at}");
        }
    }
}

#[tokio::test]
async fn trailers_are_given_line_by_line() {
    let (head, chunks) = ("PUT / HTTP/1.1\r\n\r\n", "0\r\nabc: 1\r\n\r\n");
    let (mut intake, gate) = said(&[&format!("{head}{chunks}{GET}")]);
    assert_eq!(read(&mut intake), given(head));
    gate.pass(IntakeTurn::Chunks);
    assert_eq!(read(&mut intake), ("0\r\nabc: 1\r\n".to_owned(), true));
    assert_eq!(read(&mut intake), ("\r\n".to_owned(), true));
    assert_eq!(gate.turn.get(), IntakeTurn::Chunks, "others see the end");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_late_ends_the_connection_and_the_first_is_told_why() {
    for (said, told) in [("", true), ("GE", true), (GET, false)] {
        let (near, mut far) = tokio::io::duplex(1_024);
        let mut intake = Intake::new(near, ([127, 0, 0, 1], 80).into(), LATE, None);
        far.write_all(said.as_bytes()).await.expect("there is room");
        assert_eq!(read(&mut intake), given(said));
        if !told {
            drop(answering(&intake.connection.gate.clone()));
            far.write_all(b"GE").await.expect("there is room");
            assert_eq!(read(&mut intake), given("GE"));
        }
        let begun = tokio::time::Instant::now();
        let mut room = [0; 64];
        let mut buffer = ReadBuf::new(&mut room);
        let error = std::future::poll_fn(|cx| Pin::new(&mut intake).poll_read(cx, &mut buffer));
        let error = error.await.expect_err("it is late");
        assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, LATE), "{said:?}");
        drop(intake);
        let mut heard = String::new();
        far.read_to_string(&mut heard).await.expect("an end");
        assert_eq!(heard.starts_with("HTTP/1.1 408 "), told, "{said:?}: {heard:?}");
    }
}

#[tokio::test]
async fn the_end_of_a_connection_is_seen_while_a_request_is_answered() {
    let ended = Builder::new().read(GET.as_bytes()).build();
    let mut intake = Intake::new(ended, ([127, 0, 0, 1], 80).into(), LATE, None);
    let gate = intake.connection.gate.clone();
    assert!(read(&mut intake).0.starts_with(GET));
    let _turn = answering(&gate);
    assert_eq!(read(&mut intake), given("<end>"));
}

#[tokio::test]
async fn nothing_is_given_to_who_does_not_read_until_they_do() {
    // Full after this many bytes, until they are read.
    let (near, mut far) = tokio::io::duplex(GET.len());
    let mut intake = Intake::new(near, ([127, 0, 0, 1], 80).into(), LATE, None);
    let mut writing = task::spawn(());
    let mut write = |intake: &mut Intake<_>| {
        writing.enter(|cx, _| Pin::new(intake).poll_write(cx, GET.as_bytes()))
    };
    assert_eq!(assert_ready_ok!(write(&mut intake)), GET.len());
    assert_pending!(write(&mut intake));
    let mut other = task::spawn(());
    let asked = other.enter(|cx, _| Pin::new(&mut far).poll_write(cx, GET.as_bytes()));
    assert_eq!(assert_ready_ok!(asked), GET.len());
    assert_eq!(read(&mut intake), given(""), "it came, and waits");
    let mut room = vec![0; GET.len()];
    let mut buffer = ReadBuf::new(&mut room);
    let taken = other.enter(|cx, _| Pin::new(&mut far).poll_read(cx, &mut buffer));
    assert_ready_ok!(taken);
    assert_eq!(assert_ready_ok!(write(&mut intake)), GET.len());
    assert_eq!(read(&mut intake), given(GET));
}
