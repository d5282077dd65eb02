//! The real program as a process: started with settings of its own, watched, and ended by its
//! process id.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A start or an end that takes longer has gone wrong, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines of a server's log shown when a test fails.
const TOLD_LINES: usize = 40;

/// Among a server's settings, for the tests alone: how many files it may open, as `SOFT HARD`.
pub(crate) const OPEN_FILES: &str = "HOTDEAL_TEST_OPEN_FILES";

/// A running `hotdeal`.
pub(crate) struct Hotdeal {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    log: PathBuf,
}

/// How a `hotdeal` ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Hotdeal {
    /// Starts `hotdeal` with `arguments` in `folder`, with these settings and no others.
    pub(crate) fn start(
        arguments: &[&str],
        folder: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        Self::start_reading(arguments, folder, environment, Stdio::null())
    }

    /// The same, with something to read.
    pub(crate) fn start_reading(
        arguments: &[&str],
        folder: &Path,
        environment: &BTreeMap<String, String>,
        input: Stdio,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let log = folder.join(format!("stderr-{}.log", NEXT.fetch_add(1, Ordering::Relaxed)));
        let stderr = std::fs::File::create(&log).expect("the test's own folder can be written");
        let mut command = program(environment.get(OPEN_FILES));
        // Whoever runs the tests may have settings of their own: they are none of the server's.
        // But `tests/mutants` runs the tests against a server that is wrong.
        let is_ours = |name: &str| name.starts_with("HOTDEAL_") && name != "HOTDEAL_MUTANT";
        for (name, _) in std::env::vars().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(folder).envs(environment);
        command.env("RUST_BACKTRACE", "1");
        // So that the memory counted is what the server asked for, not pages of 2 MiB of it.
        command.env("MIMALLOC_ALLOW_THP", "0");
        command.stdin(input).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().expect("cargo has built the program");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, lines) = mpsc::channel();
        // Ends with the process, whose end closes the pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, said: Vec::new(), log }
    }

    /// Waits for the line that tells where the server listens; the lines before it otherwise.
    pub(crate) fn ready_at(&mut self) -> Result<String, String> {
        let begun = Instant::now();
        loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if let Some(address) = line.strip_prefix("ready: ") {
                        return Ok(address.trim().to_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(self.told("not ready in time")),
                Err(RecvTimeoutError::Disconnected) => return Err(self.told("it ended")),
            }
        }
    }

    /// The lines it has printed so far.
    pub(crate) fn said(&mut self) -> &[String] {
        self.said.extend(self.lines.try_iter());
        &self.said
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn told(&mut self, what: &str) -> String {
        let said = self.said().join("\n");
        let logged = self.logged();
        let lines: Vec<&str> = logged.lines().collect();
        let last = &lines[lines.len().saturating_sub(TOLD_LINES)..];
        format!("{what}\n--- printed\n{said}\n--- logged\n{}", last.join("\n"))
    }

    /// Ends it as a power cut would: `kill -9`. Also right when it has ended by itself.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
    }

    /// Asks it to stop, as an init system does.
    pub(crate) fn ask_to_stop(&self) {
        self.signal(Signal::TERM);
    }

    /// Stands still, as a machine that is put to sleep, until it is woken.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Goes on after a pause.
    pub(crate) fn wake(&self) {
        self.signal(Signal::CONT);
    }

    /// At once: no program has to be started for it.
    fn signal(&self, signal: Signal) {
        let sent = kill_process(Pid::from_child(&self.child), signal);
        sent.unwrap_or_else(|error| panic!("{signal:?} cannot be sent: {error}"));
    }

    /// Still there?
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_none()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ended {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                // The pipe is closed, so its reader comes to an end and so does this.
                self.said.extend(self.lines.iter());
                let stdout = self.said.join("\n");
                return Ended { status, stdout, stderr: self.logged() };
            }
            if begun.elapsed() > PATIENCE {
                panic!("{}", self.told("it does not end"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The program, which may open so many files.
fn program(open_files: Option<&String>) -> Command {
    let ours = env!("CARGO_BIN_EXE_hotdeal");
    let Some(limits) = open_files else { return Command::new(ours) };
    let (soft, hard) = limits.split_once(' ').expect("two numbers");
    let mut command = Command::new("sh");
    let limited = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
    command.args(["-c", &limited, ours]);
    command
}

impl Drop for Hotdeal {
    fn drop(&mut self) {
        // Nothing more can be done about a child that cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let told = self.told("what the server had to say");
            println!("{told}");
        }
    }
}
