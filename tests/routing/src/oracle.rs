//! HiGHS, in a process of its own that is given one program after the other; and what it answered before.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Wrong;
use crate::program::Program;

/// What HiGHS says.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Answer {
    /// Which instance.
    pub id: u64,
    /// `optimal`, `infeasible`, or what else it comes to.
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
    /// Integer programs that it solved.
    #[serde(default)]
    pub programs: u32,
}

/// What is asked.
#[derive(Serialize)]
struct Question<'a> {
    id: u64,
    cutoff: Option<f64>,
    #[serde(flatten)]
    program: &'a Program,
}

/// The way of asking, which answers are good for.
const SCRIPT: &str = include_str!("../oracle.py");

/// The process.
pub struct Oracle<'a> {
    child: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    known: Option<&'a Answers>,
}

impl<'a> Oracle<'a> {
    /// Starts it, under the Python that `infra/local/setup` installs. `root` is the folder of the workspace. What is `known` is not asked again.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(root: &Path, known: Option<&'a Answers>) -> Result<Self, Wrong> {
        let python = root.join(".local/venv/bin/python");
        let mut child = Command::new(&python)
            .args(["-c", SCRIPT])
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Wrong::NoOracle(format!("{} does not start ({error}); run make setup", python.display())))?;
        let asked = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| Wrong::NoOracle("it has no output".to_owned()))?;
        Ok(Self { child, asked, answers: BufReader::new(answers), known })
    }

    /// Solves a program. Plans above `cutoff` are of no interest: the more it excludes, the faster.
    ///
    /// # Errors
    /// Where the process ended, or answers what was not asked.
    pub fn solve(&mut self, id: u64, program: &Program, cutoff: Option<f64>) -> Result<Answer, Wrong> {
        let key = self.known.map(|_| key_of(program)).transpose()?;
        let known = self.known.zip(key.as_deref());
        if let Some(answer) = known.and_then(|(answers, key)| answers.get(key)) {
            return Ok(answer);
        }
        let asked = self.asked.as_mut().ok_or_else(|| Wrong::NoOracle("it has no input".to_owned()))?;
        let line = serde_json::to_string(&Question { id, cutoff, program })?;
        let written = writeln!(asked, "{line}").and_then(|()| asked.flush());
        let mut answer = String::new();
        if written.is_err() || self.answers.read_line(&mut answer)? == 0 {
            return Err(Wrong::NoOracle("it ended; its last words are above. Is highspy installed? run make setup".to_owned()));
        }
        let answer: Answer = serde_json::from_str(&answer)?;
        if answer.id != id {
            return Err(Wrong::NoOracle("it answered another question".to_owned()));
        }
        // An optimum holds whatever the cutoff was.
        if let Some((answers, key)) = known.filter(|_| matches!(answer.status.as_str(), "optimal" | "infeasible")) {
            answers.keep(key, &answer)?;
        }
        Ok(answer)
    }
}

impl Drop for Oracle<'_> {
    fn drop(&mut self) {
        // Its input ends, and with it the process.
        self.asked = None;
        let _ = self.child.wait();
    }
}

/// What HiGHS answered, by the program it was asked and the way it was asked: good for as long as neither changes, whatever the router does.
pub struct Answers {
    known: HashMap<String, Answer>,
    file: Mutex<File>,
}

/// A line of the file.
#[derive(Deserialize, Serialize)]
struct Noted {
    key: String,
    answer: Answer,
}

impl Answers {
    /// Reads what is known, and goes on from there. A line that was not written whole is left out.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, Wrong> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let known = text.lines().filter_map(|line| serde_json::from_str::<Noted>(line).ok()).map(|noted| (noted.key, noted.answer));
        let known = known.collect();
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        if !text.is_empty() && !text.ends_with('\n') {
            writeln!(file)?;
        }
        Ok(Self { known, file: Mutex::new(file) })
    }

    fn get(&self, key: &str) -> Option<Answer> {
        self.known.get(key).cloned()
    }

    fn keep(&self, key: &str, answer: &Answer) -> Result<(), Wrong> {
        let line = serde_json::to_string(&Noted { key: key.to_owned(), answer: answer.clone() })?;
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(writeln!(file, "{line}")?)
    }
}

/// The program and the way of asking, as a digest.
fn key_of(program: &Program) -> Result<String, Wrong> {
    let mut digest = Sha256::new();
    digest.update(SCRIPT);
    digest.update(serde_json::to_vec(program)?);
    Ok(digest.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}
