//! Processor time of the emulator and of the functions that it runs, as the operating system accounts for it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Linux counts in hundredths of a second for programs, whatever its own clock.
const TICKS_PER_SECOND: u32 = 100;
/// The variable by which a function knows its name.
const FUNCTION: &str = "AWS_LAMBDA_FUNCTION_NAME=";

/// Processor time spent since the start of each process.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Accounts {
    /// By the emulator's own process.
    pub(super) emulator: Duration,
    /// By all functions, those whose process has ended since included, and with them whatever else the emulator has forked that has ended.
    pub(super) functions: Duration,
    /// By functions whose process still runs, by name.
    pub(super) by_function: BTreeMap<String, Duration>,
    /// By everything on this machine.
    pub(super) machine: Duration,
}

/// One line of `/proc/<pid>/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    pid: u32,
    parent: u32,
    /// Its own time.
    own: Duration,
    /// That of its children which ended and were waited for.
    ended: Duration,
}

impl Accounts {
    /// As they stand now.
    ///
    /// # Errors
    /// Where the system has no `/proc` as Linux has it, or the emulator does not run.
    pub(super) fn read(emulator: u32) -> io::Result<Self> {
        let processes: Vec<Stat> = std::fs::read_dir("/proc")?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
            // A process may end while we look.
            .filter_map(|pid| stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
            .collect();
        let machine = all_of(&std::fs::read_to_string("/proc/stat")?).ok_or_else(|| io::Error::other("/proc/stat has another form"))?;
        let name = |pid: u32| function_of(&Path::new("/proc").join(pid.to_string()).join("environ"));
        Ok(Self { machine, ..summed(&processes, emulator, name)? })
    }

    /// What was spent since `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        let less = |name: &str| before.by_function.get(name).copied().unwrap_or_default();
        let by_function = self.by_function.iter().map(|(name, time)| (name.clone(), time.saturating_sub(less(name))));
        Self {
            emulator: self.emulator.saturating_sub(before.emulator),
            functions: self.functions.saturating_sub(before.functions),
            by_function: by_function.collect(),
            machine: self.machine.saturating_sub(before.machine),
        }
    }
}

/// The emulator's sums; `name_of` tells which function a process runs, if any: the emulator forks helpers of its own too.
fn summed(processes: &[Stat], emulator: u32, name_of: impl Fn(u32) -> Option<String>) -> io::Result<Accounts> {
    let itself = processes.iter().find(|process| process.pid == emulator);
    let itself = itself.ok_or_else(|| io::Error::other(format!("the emulator, process {emulator}, does not run")))?;
    let mut by_function: BTreeMap<String, Duration> = BTreeMap::new();
    for process in descendants(processes, emulator) {
        if let Some(name) = name_of(process.pid) {
            *by_function.entry(name).or_default() += process.own + process.ended;
        }
    }
    let running: Duration = by_function.values().sum();
    Ok(Accounts { emulator: itself.own, functions: running + itself.ended, by_function, ..Accounts::default() })
}

/// Children of a process, and theirs.
fn descendants(processes: &[Stat], of: u32) -> impl Iterator<Item = &Stat> {
    let mut family = vec![of];
    let mut known = 0;
    while known < family.len() {
        let parent = family[known];
        family.extend(processes.iter().filter(|process| process.parent == parent).map(|process| process.pid));
        known += 1;
    }
    processes.iter().filter(move |process| process.pid != of && family.contains(&process.pid))
}

/// The name in it may hold anything, brackets and spaces too.
fn stat(line: &str) -> Option<Stat> {
    let (pid, rest) = line.split_once(" (")?;
    let fields: Vec<&str> = rest.rsplit_once(") ")?.1.split(' ').collect();
    let time = |first: usize| Some(ticks(fields.get(first)?)? + ticks(fields.get(first + 1)?)?);
    Some(Stat { pid: pid.parse().ok()?, parent: fields.get(1)?.parse().ok()?, own: time(11)?, ended: time(13)? })
}

fn ticks(field: &str) -> Option<Duration> {
    Some(Duration::from_secs(1) * field.parse().ok()? / TICKS_PER_SECOND)
}

/// All time that is neither idle nor waiting for a disk, in the first line of `/proc/stat`.
fn all_of(text: &str) -> Option<Duration> {
    let mut fields = text.lines().next()?.split_whitespace();
    if fields.next()? != "cpu" {
        return None;
    }
    let times = fields.take(8).map(ticks).collect::<Option<Vec<_>>>()?;
    Some(times.iter().enumerate().filter(|(place, _)| !matches!(place, 3 | 4)).map(|(_, time)| *time).sum())
}

fn function_of(environment: &Path) -> Option<String> {
    let variables = std::fs::read(environment).ok()?;
    let mut texts = variables.split(|byte| *byte == 0).filter_map(|text| std::str::from_utf8(text).ok());
    texts.find_map(|text| text.strip_prefix(FUNCTION).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, own: u64, ended: u64) -> Stat {
        Stat { pid, parent, own: Duration::from_millis(own), ended: Duration::from_millis(ended) }
    }

    #[test]
    fn a_line_is_read_whatever_the_process_is_called() {
        let rest = "S 7 2 3 4 5 6 7 8 9 10 150 50 30 10 20 0 9";
        for name in ["(oms)", "(a b)", "(a) R (b)"] {
            assert_eq!(stat(&format!("42 {name} {rest}")), Some(process(42, 7, 2000, 400)), "{name}");
        }
        assert_eq!(stat("42 oms S"), None);
    }

    #[test]
    fn functions_count_whether_they_run_or_have_ended() {
        let processes = [process(1, 0, 9, 9), process(5, 1, 1000, 70), process(6, 5, 100, 0), process(7, 6, 20, 3), process(8, 1, 5000, 0)];
        let name = |pid: u32| (pid != 7).then(|| "oms-pay".to_owned());
        let accounts = summed(&processes, 5, name).unwrap();
        assert_eq!(accounts.emulator, Duration::from_secs(1));
        assert_eq!(
            (accounts.functions, accounts.by_function["oms-pay"]),
            (Duration::from_millis(170), Duration::from_millis(100)),
            "7 is none"
        );
        assert!(summed(&processes, 99, name).is_err());
    }

    #[test]
    fn idle_time_is_nobodys() {
        let text = "cpu  100 0 50 9000 800 1 2 3 0 0\ncpu0 1 2 3\n";
        assert_eq!(all_of(text), Some(Duration::from_millis(1560)));
        assert_eq!(all_of("intr 1"), None);
    }
}
