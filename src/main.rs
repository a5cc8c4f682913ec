//! Command-line entry; everything else is in the library.

fn main() -> std::process::ExitCode {
    wafercast::cli::main()
}
