//! The binary: everything is in the library.

use std::process::ExitCode;

/// Requests are many small allocations on some threads, freed on others; this allocator is made
/// for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hotdeal::cli::run()
}
