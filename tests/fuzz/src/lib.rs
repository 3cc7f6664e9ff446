//! Everything that parses bytes from outside, as functions of bytes: whatever they are, an answer or an error comes out, and nothing panics.
//!
//! [`TARGETS`] lists them. `make fuzz` feeds each by libFuzzer, which is led by what code an input reaches; the tests of this crate feed the same
//! functions with samples, with samples spoilt in ways that follow from a seed, and with whatever once made one of them fail.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a target stops at what it does not expect: that is what it is for"
)]
#![allow(clippy::missing_panics_doc, reason = "panics are how a target reports what it found")]

pub mod checks;
pub mod door;
pub mod envelopes;
pub mod input;
pub mod olist;
pub mod paper;
pub mod parcels;
pub mod payments;
pub mod server;
pub mod texts;
pub mod tokens;
pub mod webhooks;

use std::future::Future;
use std::path::{Path, PathBuf};

/// Something that parses.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As `make fuzz` names it; a program under `targets/` is called so too.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]),
    /// What it takes rightly, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 14] = [
    Target { name: "api", run: door::run, seeds: door::seeds },
    Target { name: "checks", run: checks::run, seeds: checks::seeds },
    Target { name: "envelopes", run: envelopes::run, seeds: envelopes::seeds },
    Target { name: "authorizer", run: tokens::run, seeds: tokens::seeds },
    Target { name: "signatures", run: webhooks::signature, seeds: webhooks::signature_seeds },
    Target { name: "payment_webhook", run: webhooks::payment, seeds: webhooks::payment_seeds },
    Target { name: "carrier_webhook", run: webhooks::parcel, seeds: webhooks::parcel_seeds },
    Target { name: "customer_events", run: webhooks::told, seeds: webhooks::told_seeds },
    Target { name: "tracking", run: parcels::tracking, seeds: parcels::tracking_seeds },
    Target { name: "carrier_answers", run: parcels::answers, seeds: parcels::answer_seeds },
    Target { name: "gateway_answers", run: payments::run, seeds: payments::seeds },
    Target { name: "label_artwork", run: paper::run, seeds: paper::seeds },
    Target { name: "texts", run: texts::run, seeds: texts::seeds },
    Target { name: "olist", run: olist::run, seeds: olist::seeds },
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// Feeds the target of this name.
pub fn feed(name: &str, bytes: &[u8]) {
    let target = target(name).unwrap_or_else(|| panic!("no target is called {name}"));
    (target.run)(bytes);
}

/// Runs what waits, on this thread.
pub(crate) fn block_on<T>(what: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread can wait");
    }
    RUNTIME.with(|runtime| runtime.block_on(what))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the repository.
pub(crate) fn sample(path: &str) -> Vec<u8> {
    let path = root().join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of a folder with this extension, by name.
pub(crate) fn samples(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    named(folder, extension).into_iter().map(|(_, bytes)| bytes).collect()
}

/// The same with their names, without extension.
pub(crate) fn named(folder: &str, extension: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files.iter().map(|file| (file.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(file).unwrap())).collect()
}
