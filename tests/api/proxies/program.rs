//! Programs of the system as private instances: on a free port, in a folder of their own, in the
//! foreground, stopped by process id.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::{PATIENCE, eventually};

/// Where Debian puts what only an administrator is expected to start.
const ALSO_IN: &str = "/usr/sbin:/sbin";
/// Another program may take a free port before ours does.
const TRIES: usize = 5;

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:{ALSO_IN}"));
    command
}

/// Runs a program to its end: what it printed.
#[track_caller]
pub(crate) fn tell(program: &str, arguments: &[&str]) -> String {
    let done = command(program).args(arguments).stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("{program} is installed by tests/run: {error}"));
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {arguments:?}: {told}{complained}");
    told
}

/// A proxy that listens.
pub(crate) struct Program {
    child: Child,
    pub(crate) url: String,
    _folder: TempDir,
}

impl Program {
    /// An nginx that does this for every request; `more` stands beside its server.
    pub(crate) async fn nginx(more: &str, location: &str) -> Self {
        Self::start("nginx", |folder, port| {
            let at = folder.display();
            let kept: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|name| format!("{name}_temp_path {at}/{name};\n"))
                .concat();
            let text = format!(
                "daemon off; master_process off; pid {at}/pid; error_log stderr;\nevents {{}}\n\
                 http {{\naccess_log off;\n{kept}{more}\nserver {{ listen 127.0.0.1:{port};\n\
                 location / {{ {location} }} }} }}\n"
            );
            (text, vec!["-p".to_owned(), at.to_string(), "-e".to_owned(), "stderr".to_owned()])
        })
        .await
    }

    /// An HAProxy with this behind it.
    pub(crate) async fn haproxy(backend: &str) -> Self {
        Self::start("haproxy", |_, port| {
            let text = format!(
                "defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  \
                 timeout server 5s\nfrontend all\n  bind 127.0.0.1:{port}\n  \
                 default_backend ours\nbackend ours\n  {backend}\n"
            );
            (text, vec!["-db".to_owned()])
        })
        .await
    }

    /// Starts `program` with the file that `written` says for its folder and port.
    async fn start(program: &str, written: impl Fn(&Path, u16) -> (String, Vec<String>)) -> Self {
        for _ in 0..TRIES {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let port = free_port();
            let (text, mut arguments) = written(folder.path(), port);
            let file = folder.path().join("configuration");
            std::fs::write(&file, text).expect("a folder of the test's own");
            let name = if program == "nginx" { "-c" } else { "-f" };
            arguments.extend([name.to_owned(), file.display().to_string()]);
            let child = command(program).args(arguments).stdin(Stdio::null()).spawn();
            let child = child.unwrap_or_else(|error| panic!("{program}, see tests/run: {error}"));
            let url = format!("http://127.0.0.1:{port}");
            let mut started = Self { child, url, _folder: folder };
            if started.listens(port).await {
                return started;
            }
        }
        panic!("{program} does not start: see above");
    }

    /// Whether it came to listen before it ended.
    async fn listens(&mut self, port: u16) -> bool {
        eventually("it listens or ends", PATIENCE, async || {
            if self.child.try_wait().expect("a child of ours").is_some() {
                return Some(false);
            }
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok().map(|_| true)
        })
        .await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}
