//! Other commands on the app's database.

use super::{App, Hotdeal};
use crate::support::Ended;

impl App {
    /// Another process on the same database, as somebody starts it by mistake.
    pub(crate) fn another(&self, arguments: &[&str]) -> Hotdeal {
        Hotdeal::start(arguments, self.folder.path(), &self.settings.0)
    }

    /// Runs another `hotdeal` command with the same settings, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.another(arguments).ended()
    }

    /// The same, with something typed.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        let path = self.folder.path().join("input");
        std::fs::write(&path, input).expect("the test's own folder can be written");
        let input = std::fs::File::open(&path).expect("it was just written");
        let settings = &self.settings.0;
        Hotdeal::start_reading(arguments, self.folder.path(), settings, input.into()).ended()
    }

    /// `hotdeal audit` must find nothing wrong.
    #[track_caller]
    pub(crate) fn audited(&self) {
        let ended = self.run(&["audit"]);
        assert!(
            ended.status.success(),
            "audit: {}\n{}\n{}",
            ended.status,
            ended.stdout,
            ended.stderr
        );
    }
}
