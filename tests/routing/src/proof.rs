//! The router beside HiGHS on the same instances.

use route::candidates::{Problem, problem};
use route::facts::Facts;
use route::objective::Scale;
use route::search::{Found, NODES, search};

use crate::Wrong;
use crate::oracle::Oracle;
use crate::program::Program;

/// Two objectives that differ by less are the same.
pub const SAME: f64 = 1e-9;

/// An instance, stated.
pub struct Stated {
    /// What it is made from.
    pub facts: Facts,
    /// The candidates.
    pub problem: Problem,
    /// Its scale.
    pub scale: Scale,
}

impl Stated {
    /// States it.
    ///
    /// # Errors
    /// Where its numbers are beyond the objective.
    pub fn of(facts: Facts) -> Result<Self, Wrong> {
        let problem = problem(&facts);
        let scale = problem.scale(&facts).ok_or(Wrong::Made("scale"))?;
        Ok(Self { facts, problem, scale })
    }

    /// What the router finds.
    pub fn routed(&self) -> Found {
        search(&self.facts, &self.problem, &self.scale, NODES)
    }

    /// Whether some quantity has to be split.
    pub fn splits(&self) -> bool {
        self.problem.choices.iter().flatten().any(|choice| choice.len() > 1)
    }

    /// A score as the objective it stands for.
    #[expect(clippy::cast_precision_loss, reason = "compared to 1e-9; exact where both are scores")]
    pub fn objective(&self, score: i128) -> f64 {
        score as f64 / self.scale.whole as f64
    }
}

/// What became of one comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Whether there is a plan at all.
    pub feasible: bool,
    /// Whether the router proved its plan optimal.
    pub optimal: bool,
    /// Whether a quantity had to be split.
    pub split: bool,
    /// Variables of HiGHS's program.
    pub variables: usize,
    /// By how much the objectives differ: the router's plan against HiGHS's, both priced exactly.
    pub difference: f64,
    /// The gap that the router told: how much lower its bound is, as a share of its plan.
    pub gap: f64,
    /// How much worse its plan is than HiGHS's, as a share of HiGHS's.
    pub worse: f64,
    /// Processor time of HiGHS, seconds.
    pub highs_seconds: f64,
}

/// Compares one instance.
///
/// # Errors
/// Where the two disagree by more than [`SAME`], or HiGHS does not solve it.
pub fn compare(id: u64, facts: Facts, oracle: &mut Oracle<'_>) -> Result<Compared, Wrong> {
    let compared = compare_bounds(id, facts, oracle)?;
    if compared.difference < SAME {
        Ok(compared)
    } else {
        Err(Wrong::Differ(id, format!("the router's plan is worse by {:e}, and it does not say that it is the best", compared.difference)))
    }
}

/// Compares one instance that may be too large to be solved: a plan that is not said to be the best may be worse, as long as the bound told is one.
///
/// # Errors
/// Where a plan that is said to be the best is not, or is better than HiGHS's, or its bound is above HiGHS's plan; or HiGHS does not solve it.
pub fn compare_bounds(id: u64, facts: Facts, oracle: &mut Oracle<'_>) -> Result<Compared, Wrong> {
    let stated = Stated::of(facts)?;
    let found = stated.routed();
    let ours = found.best.first();
    let mut compared = Compared {
        feasible: ours.is_some(),
        optimal: found.optimal,
        split: stated.splits(),
        variables: 0,
        difference: 0.0,
        gap: 0.0,
        worse: 0.0,
        highs_seconds: 0.0,
    };
    let differ = |what: String| Err(Wrong::Differ(id, what));
    let Some(program) = Program::of(&stated.facts, &stated.problem) else {
        return if ours.is_none() { Ok(compared) } else { differ("the router serves what has no source".to_owned()) };
    };
    // HiGHS need not look at what is worse than the router's plan; it has to find one that is as good, and to prove that none is better.
    let answer = oracle.solve(id, &program, ours.map(|ours| stated.objective(ours.score) + SAME))?;
    compared.variables = program.len();
    compared.highs_seconds = answer.seconds;
    match (answer.status.as_str(), ours) {
        ("infeasible", None) => Ok(compared),
        ("optimal", Some(ours)) => {
            let Some(theirs) = program.plan(&stated.facts, &stated.problem, &stated.scale, &answer.used) else {
                return differ("what HiGHS found is no plan".to_owned());
            };
            let (ours, theirs) = (stated.objective(ours.score), stated.objective(theirs.score));
            let bound = stated.objective(found.bound);
            compared.difference = (ours - theirs).abs();
            compared.gap = 1.0 - bound / ours;
            compared.worse = ours / theirs - 1.0;
            // HiGHS's own objective is a float; its plan, priced anew, is exact.
            let near = (theirs - answer.objective).abs() < SAME && answer.bound <= ours + SAME;
            let told = if found.optimal { compared.difference < SAME } else { bound <= theirs + SAME && theirs <= ours + SAME };
            if near && told {
                return Ok(compared);
            }
            differ(format!("{ours:.12} here, {theirs:.12} for HiGHS's plan, which it prices at {:.12}", answer.objective))
        }
        (status, ours) => differ(format!("HiGHS says {status}, the router {}", if ours.is_some() { "has a plan" } else { "has none" })),
    }
}
