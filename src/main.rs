//! STUB, replaced at the merge: the binary.

fn main() -> anyhow::Result<std::process::ExitCode> {
    hotdeal::cli::run()
}
