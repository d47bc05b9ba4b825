//! What the macros take and what they refuse, with messages that a person can act on.
//! The `.stderr` files are written with the toolchain that CONTRIBUTING names: `TRYBUILD=overwrite cargo test`.

#[test]
fn the_macros_take_this_and_refuse_that() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
