//! The one binary.

fn main() -> std::process::ExitCode {
    mendmap::cli::main()
}
