//! The emulator is stopped and started while orders are under way: what they lose is their executions, not their place.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures::future::join_all;

use crate::proxy::Proxy;
use crate::story::STORIES;
use crate::verdict::Outcome;
use oms_tests::shop::Shop;

const ORDERS: usize = 12;
/// From the first order to the stop.
const UNDER_WAY: Duration = Duration::from_millis(700);

/// Stops and starts the emulator while orders are under way, then does the rest; what came of those orders, and of the rest.
pub(crate) async fn while_orders_are_under_way<T>(shop: &Shop, proxy: &Proxy, rest: impl Future<Output = T>) -> (Vec<Outcome>, T) {
    let story = &STORIES[0];
    let customers: Vec<String> = (0..ORDERS).map(|nth| shop.name(&format!("restart-{nth}"))).collect();
    shop.welcome(&customers).await;
    let played = join_all(customers.iter().map(|customer| story.play(shop, proxy, customer)));
    let disturbed = async {
        // Long enough for the first to be captured, too short for the last to be routed.
        tokio::time::sleep(UNDER_WAY).await;
        let home = shop.stack.run_dir.parent().unwrap().to_owned();
        tokio::task::spawn_blocking(move || restart(&home)).await.unwrap();
        rest.await
    };
    let (played, rest) = futures::join!(played, disturbed);
    println!("{ORDERS} orders under way outlived a restart of the emulator");
    // One mail may have left whose note was lost with the process.
    (played.into_iter().map(|played| Outcome { played, doubled: 1 }).collect(), rest)
}

fn restart(home: &Path) {
    let pid = std::fs::read_to_string(home.join("run/emulator.pid")).unwrap();
    let stopped = Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap();
    assert!(stopped.success(), "the emulator could not be stopped");
    // Its parent does not wait for it, so that its entry stays; its command does not.
    while std::fs::read(Path::new("/proc").join(pid.trim()).join("cmdline")).is_ok_and(|command| !command.is_empty()) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let started = Command::new(root.join(".local/venv/bin/python"))
        .arg(root.join("infra/local/stack.py"))
        .args(["--proxied", "--no-build", "--home"])
        .arg(home)
        .arg("up")
        .status()
        .unwrap();
    assert!(started.success(), "the emulator could not be started again");
}
