//! The binary `wallet-engine`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let _log = wallet_engine::telemetry::FlushOnDrop;
    wallet_engine::cli::run()
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
