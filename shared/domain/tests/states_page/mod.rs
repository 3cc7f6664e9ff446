//! `docs/states.md`, made from the tables of the domain.

use std::fmt::Write as _;
use std::path::Path;

use jiff::SignedDuration;
use oms_domain::state::State;
use oms_domain::timers::{PAYMENT_RETRIES, TIMEOUTS};
use oms_domain::transition::{Kind, TRANSITIONS, Transition, cancelling, find};
use strum::{EnumMessage as _, IntoEnumIterator as _};

const HEAD: &str = "\
# States

Made from the tables in `shared/domain/src` (`state.rs`, `transition.rs`, `timers.rs`) by a test; `make openapi` writes it anew.

An order moves by these transitions and by nothing else: whoever tries another gets a 409 that names what he may do instead. A vendor's part
moves by the transitions from `routing` on; the order stands where its least advanced live part does. Where a carrier skips steps, the
part walks the forward path, and each step that nobody saw is marked as inferred. What comes twice or late changes nothing.
";

/// Compares the page with what the tables say; writes it anew where `UPDATE` is set.
#[expect(clippy::disallowed_methods, reason = "a switch of the developer's, not configuration of a function")]
pub(crate) fn check() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states.md");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "docs/states.md is not what the tables say: run `make openapi` and look at the difference");
}

fn page() -> String {
    format!("{HEAD}{}{}{}{}", states(), transitions(), timeouts(), drawing())
}

fn states() -> String {
    let mut text = "\n## The 23 states\n\n| number | state | meaning |\n|---:|---|---|\n".to_owned();
    for (n, state) in (1..).zip(State::iter()) {
        let meaning = state.get_documentation().unwrap_or_default();
        let end = if state.is_terminal() { " An end." } else { "" };
        writeln!(text, "| {n} | `{state}` | {meaning}{end} |").unwrap();
    }
    text
}

fn transitions() -> String {
    let mut text = "\n## The 47 transitions\n\nForward ones happen by themselves, on an event. Backward ones are somebody's decision. Exits are \
                    cancellations and failures, by hand or by time.\n\n| number | from → to | trigger | kind | who may |\n|---:|---|---|---|---|\n"
        .to_owned();
    for row in &TRANSITIONS {
        let actors: Vec<String> = row.actors.iter().map(ToString::to_string).collect();
        writeln!(text, "| {} | `{}` → `{}` | `{}` | {} | {} |", row.n, row.from, row.to, row.trigger, row.kind, actors.join(", ")).unwrap();
    }
    text
}

fn timeouts() -> String {
    let mut text = "\n## Time-outs\n\nA timer fires once for each stay in a state, late rather than never; one that lost the race against a real \
                    event does nothing. A draft's time begins anew with every edit.\n\n| state | ends after | in | by |\n|---|---:|---|---|\n"
        .to_owned();
    for (state, lasts) in &TIMEOUTS {
        let row = cancelling(*state).and_then(|trigger| find(*state, trigger)).unwrap();
        writeln!(text, "| `{state}` | {} | `{}` | `{}` |", spelt(*lasts), row.to, row.trigger).unwrap();
    }
    writeln!(text, "\nAfter a soft decline the payment is tried {PAYMENT_RETRIES} times more before `payment_failed` ends.").unwrap();
    text
}

fn spelt(lasts: SignedDuration) -> String {
    match lasts.as_hours() {
        hours if hours > 48 && hours % 24 == 0 => format!("{} days", hours / 24),
        hours => format!("{hours} h"),
    }
}

/// Two drawings: until vendors are told, and from then on. Cancellations would hide the rest and are left to the table.
fn drawing() -> String {
    let fulfilment = |row: &&Transition| row.from >= State::Routed && row.to >= State::Routing;
    let cancels = |row: &&Transition| row.to == State::Cancelled;
    let before = TRANSITIONS.iter().filter(|row| !fulfilment(row) && !cancels(row));
    let after = TRANSITIONS.iter().filter(|row| fulfilment(row) && !cancels(row));
    let cancelled: Vec<String> = TRANSITIONS.iter().filter(cancels).map(|row| format!("`{}`", row.from)).collect();
    format!(
        "\n## Drawn\n\nBroken off here, because it would hide the rest: `cancelled` is reached from {}.\n\nUntil vendors are chosen:\n\n{}\nFrom then on, \
         for each part:\n\n{}",
        cancelled.join(", "),
        diagram("[*] --> draft", before),
        diagram("[*] --> routed", after)
    )
}

fn diagram<'a>(start: &str, rows: impl Iterator<Item = &'a Transition>) -> String {
    let mut text = format!("```mermaid\nstateDiagram-v2\n    {start}\n");
    let mut ends = Vec::new();
    for row in rows {
        let mark = match row.kind {
            Kind::Forward => "",
            Kind::Backward => " ↩",
            Kind::Exit => " ✕",
        };
        writeln!(text, "    {} --> {}: {} {}{mark}", row.from, row.to, row.n, row.trigger).unwrap();
        if row.to.is_terminal() && !ends.contains(&row.to) {
            ends.push(row.to);
        }
    }
    for end in ends {
        writeln!(text, "    {end} --> [*]").unwrap();
    }
    text + "```\n"
}
