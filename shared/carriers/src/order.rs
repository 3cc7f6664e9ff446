//! What came first, by the carrier's word.

use jiff::civil::DateTime;

use oms_contract::record::Tracked;

/// The wall-clock time of a carrier's time stamp, whatever zone is behind it.
fn wall_clock(raw: &str) -> Option<DateTime> {
    raw.get(..19)?.parse().ok()
}

/// Whether `one` was before `other`; `None` where their times do not say. Instants compare as instants. Two times without zone compare
/// as written, which is right for events of one place and near enough for those of one last mile.
pub(crate) fn before(one: &Tracked, other: &Tracked) -> Option<bool> {
    match (one.at, other.at) {
        (Some(one), Some(other)) => Some(one < other),
        (None, None) => Some(wall_clock(&one.raw_time)? < wall_clock(&other.raw_time)?),
        _ => None,
    }
}

/// Turns a carrier's list oldest first. Carriers list in their own sequence, which we keep; where the times do not tell which end is
/// the old one, the list is taken as newest first, as carriers write it.
pub(crate) fn oldest_first(mut events: Vec<Tracked>) -> Vec<Tracked> {
    let ends = events.first().zip(events.last());
    let forwards = ends.and_then(|(first, last)| before(first, last)) == Some(true);
    if !forwards {
        events.reverse();
    }
    events
}
