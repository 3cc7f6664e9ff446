//! `oms seed`: reference data and stock from files.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use oms_local::Stack;
use oms_local::seed::{Loaded, Seed, Store};
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use crate::console::say;
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder of the files.
    #[arg(long, default_value = "infra/local/seed")]
    from: PathBuf,
    /// Raise stock that orders have used up to what the files say; what orders have taken stays taken.
    #[arg(long)]
    reset_stock: bool,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let seed = Seed::read(&arguments.from)?.dated(SystemClock.now());
    let loaded = Store::of(stack).await?.load(&seed, arguments.reset_stock).await?;
    Ok(say(format!("seeded in {:.1} s: {}", started.elapsed().as_secs_f64(), told(&seed, loaded)))?)
}

fn told(seed: &Seed, loaded: Loaded) -> String {
    let raised = if loaded.raised_rows > 0 { format!(", {} refilled", loaded.raised_rows) } else { String::new() };
    format!(
        "{} products, {} vendors, {} customers, {} tax rates; stock at {} places new{raised}, {} left as they were",
        seed.products.len(),
        seed.vendors.len(),
        seed.customers.len(),
        seed.taxes.len(),
        loaded.new_rows,
        loaded.kept_rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_new_from_kept() {
        let loaded = Loaded { reference: 5, new_rows: 0, raised_rows: 2, kept_rows: 601 };
        let text = told(&Seed::default(), loaded);
        assert!(text.ends_with("stock at 0 places new, 2 refilled, 601 left as they were"), "{text}");
    }
}
