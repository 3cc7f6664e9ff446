//! How the largest functions are linked: the build script of `validate` and `route`. Functions of equal machine code become one, and so do constants of equal content and the
//! tables by which they unwind, which took 310 kB off the archive of `validate` (docs/adr/0006-small-bootstraps.md).

#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::env::var_os;

fn main() {
    println!("cargo::rerun-if-changed=../../infra/link.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    // Only LLD knows the options. It links by default for this target alone, unless another linker is asked for, as cross compilers do.
    let is = |variable: &str, value: &str| var_os(variable).is_some_and(|found| found == value);
    let linux = is("CARGO_CFG_TARGET_ARCH", "x86_64") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if linux && var_os("RUSTC_LINKER").is_none() {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all,--ignore-data-address-equality");
    }
}
