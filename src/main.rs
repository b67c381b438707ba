//! Ends the process as [`cf_domauth::main`] says.

fn main() -> std::process::ExitCode {
    cf_domauth::main()
}
