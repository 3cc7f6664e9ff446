//! The emulator is stopped and started while orders are under way: what they lose is their executions, not their place.

use std::path::{Path, PathBuf};
use std::process::Command;

use futures::stream::StreamExt as _;

use crate::shop::Shop;
use crate::story::STORIES;

const ORDERS: usize = 12;

/// Orders that were captured before the emulator stopped end as they should after it has started again.
pub(crate) async fn orders_under_way_survive(shop: &Shop) {
    let story = &STORIES[0];
    let customers: Vec<String> = (0..ORDERS).map(|nth| shop.name(&format!("restart-{nth}"))).collect();
    shop.welcome(&customers).await;
    let played = futures::stream::iter(&customers).for_each_concurrent(ORDERS, |customer| story.play(shop, customer, 1));
    let restarted = async {
        // Long enough for the first to be captured, too short for the last to be routed.
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let home = shop.stack.run_dir.parent().unwrap().to_owned();
        tokio::task::spawn_blocking(move || restart(&home)).await.unwrap();
    };
    futures::join!(played, restarted);
    println!("{ORDERS} orders under way outlived a restart of the emulator");
}

fn restart(home: &Path) {
    let pid = std::fs::read_to_string(home.join("run/emulator.pid")).unwrap();
    let stopped = Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap();
    assert!(stopped.success(), "the emulator could not be stopped");
    while Path::new("/proc").join(pid.trim()).exists() {
        std::thread::sleep(std::time::Duration::from_millis(50));
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
