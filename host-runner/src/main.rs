//! The `gatepost` command.

fn main() -> std::process::ExitCode {
    host_runner::main()
}
