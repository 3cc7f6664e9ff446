//! Stands in for the end-to-end tests where they are not built, so that leaving them out never looks like passing them.

#[cfg(not(feature = "stack"))]
#[test]
fn the_end_to_end_tests_were_run() {
    panic!(
        "the end-to-end tests were not built, for they need a running stack. `make test` starts one and runs everything. \
         On a stack that runs already: OMS_STACK=$PWD/.local/stack.json cargo nextest run --release --locked -p oms-tests --features stack. \
         Everything but these: cargo nextest run --release --locked --workspace --exclude oms-tests"
    );
}
