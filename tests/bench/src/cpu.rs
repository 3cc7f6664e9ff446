//! Processor time as the operating system accounts for it.

use std::io;
use std::time::Duration;

/// Linux counts in hundredths of a second for programs, whatever its own clock.
const TICKS_PER_SECOND: u32 = 100;

/// User and system time of this process with all its threads, to a hundredth of a second.
///
/// # Errors
/// Where the system does not say, or says it in another form than Linux.
pub fn of_this_process() -> io::Result<Duration> {
    of_stat(&std::fs::read_to_string("/proc/self/stat")?).ok_or_else(|| io::Error::other("/proc/self/stat has another form"))
}

/// The time in a line of `/proc/<pid>/stat`. The name in it may hold anything, brackets and spaces too.
fn of_stat(line: &str) -> Option<Duration> {
    let mut fields = line.rsplit_once(") ")?.1.split(' ').skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(Duration::from_secs(1) * (user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_whatever_the_process_is_called() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 150 50 7 8 20 0 9";
        for name in ["(oms)", "(a b)", "(a) R (b)"] {
            assert_eq!(of_stat(&format!("42 {name} {rest}")), Some(Duration::from_secs(2)), "{name}");
        }
        assert_eq!(of_stat("42 oms S"), None);
    }
}
