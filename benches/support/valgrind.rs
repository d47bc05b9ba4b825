//! Counts instructions and allocations of this very program, run again under valgrind.
//! What is run is the business of the benchmark that asks.

use std::process::{Command, Stdio};

/// Instructions of a run of this program with these arguments; `None` without valgrind.
pub fn instructions(arguments: &[&str]) -> Option<u64> {
    let report = run(&["--tool=callgrind", "--callgrind-out-file=/dev/null"], arguments)?;
    number_after(&report, "Collected :")
}

/// Allocations of a run of this program with these arguments; `None` without valgrind.
#[allow(dead_code)]
pub fn allocations(arguments: &[&str]) -> Option<u64> {
    let report = run(&["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"], arguments)?;
    number_after(&report, "total heap usage:")
}

fn run(options: &[&str], arguments: &[&str]) -> Option<String> {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new("valgrind");
    command.args(options).arg(program).args(arguments);
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).output().ok()?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "a run under valgrind failed:\n{report}");
    Some(report)
}

fn number_after(report: &str, label: &str) -> Option<u64> {
    let word = report.split_once(label)?.1.split_whitespace().next()?;
    word.replace(',', "").parse().ok()
}
