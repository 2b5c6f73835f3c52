//! The `potline` command.
fn main() {}
