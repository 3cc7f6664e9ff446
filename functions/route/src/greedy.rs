//! Good plans to begin with: what bounds are held against.
//!
//! For each hour at which the order may be complete, every line goes to the site where it adds least; then one line after the other goes where the plan becomes better.

use crate::loads::{Loads, NONE, Rough};
use crate::search::{Board, Solution};

/// Rounds of moving lines, at the most.
const ROUNDS: usize = 8;

/// A plan under way: by site, the code of its load.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    codes: Vec<usize>,
    /// By line served whole, its site; by split line, its way.
    site_of: Vec<usize>,
    way_of: Vec<usize>,
}

/// Puts good plans on the board.
pub(crate) fn begin(loads: &Loads<'_>, board: &mut Board) {
    let mut levels: Vec<u32> = loads.shelves.iter().flat_map(|shelf| shelf.items.iter().map(|item| shelf.hours[item.place])).collect();
    levels.sort_unstable();
    levels.dedup();
    let mut drafts: Vec<(Rough, Draft)> = Vec::new();
    let mut least = NONE;
    for level in levels {
        if loads.time(level) >= least {
            break;
        }
        if let Some(draft) = draft(loads, level) {
            let score = draft.score(loads);
            least = least.min(score);
            drafts.push((score, draft));
        }
    }
    drafts.sort_by_key(|(score, _)| *score);
    drafts.dedup();
    for (_, draft) in drafts.iter().take(3) {
        improve(loads, draft.clone(), board);
    }
}

/// Every line where it adds least, by this hour; the dearest lines first. None where that leads nowhere.
fn draft(loads: &Loads<'_>, level: u32) -> Option<Draft> {
    let mut draft =
        Draft { codes: vec![0; loads.shelves.len()], site_of: vec![usize::MAX; loads.lines.len()], way_of: vec![0; loads.splits.len()] };
    for (at, split) in loads.splits.iter().enumerate() {
        let added = |way: &Vec<usize>| way.iter().map(|row| draft.added(loads, loads.pieces[row - loads.lines.len()].1, *row, level)).sum();
        let (way, added) = split.ways.iter().map(added).enumerate().min_by_key(|(_, added): &(usize, Rough)| *added)?;
        if added >= NONE {
            return None;
        }
        draft.way_of[at] = way;
        for row in &split.ways[way] {
            let site = loads.pieces[row - loads.lines.len()].1;
            draft.codes[site] += loads.shelves[site].item(*row)?.place;
        }
    }
    for row in 0..loads.lines.len() {
        let added = |site: &usize| draft.added(loads, *site, row, level);
        let sites = loads.problem.choices[loads.lines[row]].iter().flatten().map(|(site, _)| *site);
        let site = sites.min_by_key(added)?;
        if added(&site) >= NONE {
            return None;
        }
        draft.site_of[row] = site;
        draft.codes[site] += loads.shelves[site].item(row)?.place;
    }
    Some(draft)
}

impl Draft {
    /// What a row adds to the score at a site, by this hour; [`NONE`] where it cannot.
    fn added(&self, loads: &Loads<'_>, site: usize, row: usize, level: u32) -> Rough {
        let (shelf, code) = (&loads.shelves[site], self.codes[site]);
        let Some(item) = shelf.item(row) else { return NONE };
        let with = code + item.place;
        let score = shelf.score.get(with).copied().unwrap_or(NONE);
        if score >= NONE || shelf.hours[with] > level { NONE } else { score - shelf.score[code] }
    }

    fn score(&self, loads: &Loads<'_>) -> Rough {
        let (mut sum, mut hours): (Rough, u32) = (0, 0);
        for (shelf, code) in loads.shelves.iter().zip(&self.codes).filter(|(_, code)| **code > 0) {
            sum = sum.saturating_add(shelf.score[*code]);
            hours = hours.max(shelf.hours[*code]);
        }
        sum.saturating_add(loads.time(hours)).min(NONE)
    }

    fn keep(&self, loads: &Loads<'_>, board: &mut Board) {
        let used = self.codes.iter().enumerate().filter(|(_, code)| **code > 0);
        let own = used.map(|(site, code)| (site, loads.load(site, *code))).collect();
        if let Some(solution) = Solution::of(loads.facts, loads.problem, loads.scale, own)
            && board.beats(solution.score)
        {
            board.keep(solution);
        }
    }
}

/// What a step changes: sites with their new codes, and a line's or a way's new place.
struct Step {
    codes: Vec<(usize, usize)>,
    lines: Vec<(usize, usize)>,
    way: Option<(usize, usize)>,
}

impl Step {
    /// What the plan scores after it.
    fn score(&self, loads: &Loads<'_>, draft: &Draft, used: &[usize]) -> Rough {
        let (mut sum, mut hours): (Rough, u32) = (0, 0);
        let kept =
            used.iter().filter(|site| self.codes.iter().all(|(changed, _)| changed != *site)).map(|site| (*site, draft.codes[*site]));
        for (site, code) in kept.chain(self.codes.iter().copied()).filter(|(_, code)| *code > 0) {
            sum = sum.saturating_add(loads.shelves[site].score[code]);
            hours = hours.max(loads.shelves[site].hours[code]);
        }
        sum.saturating_add(loads.time(hours)).min(NONE)
    }

    fn apply(&self, draft: &Draft) -> Draft {
        let mut next = draft.clone();
        for (site, code) in &self.codes {
            next.codes[*site] = *code;
        }
        for (row, site) in &self.lines {
            next.site_of[*row] = *site;
        }
        if let Some((at, way)) = self.way {
            next.way_of[at] = way;
        }
        next
    }
}

/// Takes the best step as long as the plan becomes better, and keeps what is worth it on the way.
fn improve(loads: &Loads<'_>, mut draft: Draft, board: &mut Board) {
    draft.keep(loads, board);
    let mut score = draft.score(loads);
    for _ in 0..ROUNDS {
        let used: Vec<usize> = (0..draft.codes.len()).filter(|site| draft.codes[*site] > 0).collect();
        let mut better: Option<(Rough, Draft)> = None;
        let mut look = |step: Step| {
            let found = step.score(loads, &draft, &used);
            if found < NONE && board.beats(loads.exact(found)) {
                step.apply(&draft).keep(loads, board);
            }
            if found < better.as_ref().map_or(score, |(best, _)| *best) {
                better = Some((found, step.apply(&draft)));
            }
        };
        for row in 0..loads.lines.len() {
            let sites = loads.problem.choices[loads.lines[row]].iter().flatten();
            sites.filter_map(|(site, _)| moved(loads, &draft, row, *site)).for_each(&mut look);
        }
        for from in &used {
            (0..draft.codes.len()).filter_map(|to| merged(loads, &draft, *from, to)).for_each(&mut look);
        }
        for at in 0..loads.splits.len() {
            (0..loads.splits[at].ways.len()).filter_map(|way| split_anew(loads, &draft, at, way)).for_each(&mut look);
        }
        match better {
            Some((found, next)) => (score, draft) = (found, next),
            None => return,
        }
    }
}

/// A line to another site.
fn moved(loads: &Loads<'_>, draft: &Draft, row: usize, to: usize) -> Option<Step> {
    let from = draft.site_of[row];
    let without = draft.codes[from] - loads.shelves[from].item(row)?.place;
    let with = draft.codes[to] + loads.shelves[to].item(row)?.place;
    (from != to).then(|| Step { codes: vec![(from, without), (to, with)], lines: vec![(row, to)], way: None })
}

/// All lines of one site to another.
fn merged(loads: &Loads<'_>, draft: &Draft, from: usize, to: usize) -> Option<Step> {
    let (mut without, mut with, mut lines) = (draft.codes[from], draft.codes[to], Vec::new());
    for row in (0..loads.lines.len()).filter(|row| draft.site_of[*row] == from && to != from) {
        with += loads.shelves[to].item(row)?.place;
        without -= loads.shelves[from].item(row)?.place;
        lines.push((row, to));
    }
    (lines.len() > 1).then(|| Step { codes: vec![(from, without), (to, with)], lines, way: None })
}

/// A split line in another way.
fn split_anew(loads: &Loads<'_>, draft: &Draft, at: usize, way: usize) -> Option<Step> {
    let ways = &loads.splits[at].ways;
    let mut codes: Vec<(usize, usize)> = Vec::new();
    for (row, is_new) in ways[draft.way_of[at]].iter().map(|row| (row, false)).chain(ways[way].iter().map(|row| (row, true))) {
        let site = loads.pieces[row - loads.lines.len()].1;
        let place = loads.shelves[site].item(*row)?.place;
        let known = codes.iter().position(|(known, _)| *known == site);
        let known = known.unwrap_or_else(|| {
            codes.push((site, draft.codes[site]));
            codes.len() - 1
        });
        let code = &mut codes[known].1;
        *code = if is_new { *code + place } else { *code - place };
    }
    (way != draft.way_of[at]).then(|| Step { codes, lines: Vec::new(), way: Some((at, way)) })
}
