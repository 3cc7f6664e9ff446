//! HiGHS, in a process of its own that is given one program after the other.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

use crate::Wrong;
use crate::program::Program;

/// What HiGHS says.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    /// Which instance.
    pub id: u64,
    /// `optimal`, `infeasible`, or what else HiGHS calls it.
    pub status: String,
    /// The least objective.
    #[serde(default)]
    pub objective: f64,
    /// What HiGHS proved that it is at least.
    #[serde(default)]
    pub bound: f64,
    /// Variables that are 1.
    #[serde(default)]
    pub used: Vec<usize>,
    /// Processor time that HiGHS took.
    pub seconds: f64,
}

/// The process.
pub struct Oracle {
    child: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts it, under the Python that `infra/local/setup` installs. `root` is the folder of the workspace.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(root: &Path) -> Result<Self, Wrong> {
        let python = root.join(".local/venv/bin/python");
        let mut child = Command::new(&python)
            .arg(root.join("tests/routing/oracle.py"))
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Wrong::NoOracle(format!("{} does not start ({error}); run make setup", python.display())))?;
        let asked = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| Wrong::NoOracle("it has no output".to_owned()))?;
        Ok(Self { child, asked, answers: BufReader::new(answers) })
    }

    /// Solves a program.
    ///
    /// # Errors
    /// Where the process ended, or answers what was not asked.
    pub fn solve(&mut self, program: &Program) -> Result<Answer, Wrong> {
        let asked = self.asked.as_mut().ok_or_else(|| Wrong::NoOracle("it has no input".to_owned()))?;
        let line = serde_json::to_string(program)?;
        let written = writeln!(asked, "{line}").and_then(|()| asked.flush());
        let mut answer = String::new();
        if written.is_err() || self.answers.read_line(&mut answer)? == 0 {
            return Err(Wrong::NoOracle("it ended; its last words are above. Is highspy installed? run make setup".to_owned()));
        }
        let answer: Answer = serde_json::from_str(&answer)?;
        if answer.id == program.id { Ok(answer) } else { Err(Wrong::NoOracle("it answered another question".to_owned())) }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Its input ends, and with it the process.
        self.asked = None;
        let _ = self.child.wait();
    }
}
