//! What many orders want at once: counted in more shards where they were in each other's way, and shared out among those there are.

use oms_ports::StepError;

use crate::Deps;

/// Looks after all of it.
pub(crate) async fn tend(deps: &Deps) -> Result<(), StepError> {
    for done in deps.inventory.tend().await? {
        let (sku, was, shards, moved) = (&done.sku, done.was, done.shards, done.moved);
        tracing::info!(sku = %sku, shards, moved, "{sku} is counted in {shards} shards (was {was}); {moved} units moved between them");
    }
    Ok(())
}
