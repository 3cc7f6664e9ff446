#!/usr/bin/env python3
"""Solve programs with HiGHS: one JSON line each on the standard input, one JSON line of the answer each on the standard output.

In:  {"id": 7, "hour": score of an hour, "cost": [...], "hours": [...], "starts": [...], "rows": [...], "factors": [...],
      "low": [number or null, ...], "high": [...], "cutoff": number or null}
     Every variable is 0 or 1; "starts", "rows" and "factors" are the matrix by column. Minimise the cost of the variables that are 1, plus "hour" for each hour
     of the latest of them. Nothing above "cutoff" is sought.
Out: {"id": 7, "status": "optimal" | "infeasible" | "nothing within the cutoff" | "time limit", "objective": f, "bound": f, "used": [variables that are 1],
      "seconds": s, "programs": integer programs that were solved}

The time is what makes the program hard for a solver, as it is a maximum. So the hours at which the latest variable may arrive are gone through, the earliest first.
At each, the linear relaxation over the variables that arrive by then bounds every plan; a variable whose reduced cost takes it past the best plan known is in no
better one. What is left, with one variable at least that arrives exactly then, HiGHS solves as an integer program to a gap of zero, its tolerances as tight as it
takes them. Nothing is left out but what a bound of HiGHS's own excludes.
"""

import json
import os
import sys
import time

import highspy
import numpy as np

TOLERANCES = {"output_flag": False, "threads": 1, "primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
# Primal simplex, which goes on from the last basis when variables are added.
RELAXED = TOLERANCES | {"presolve": "off", "solver": "simplex", "simplex_strategy": 4}
WHOLE = TOLERANCES | {"mip_rel_gap": 0.0, "mip_abs_gap": 1e-10, "mip_feasibility_tolerance": 1e-9}
# What a bound must exceed the best plan by to exclude anything: more than the errors of floats, a tenth of what counts as the same.
MARGIN = 1e-10
LIMIT = float(os.environ.get("ORACLE_SECONDS", "inf"))


def solver(options: dict) -> highspy.Highs:
    """A HiGHS that says nothing."""
    highs = highspy.Highs()
    for name, value in options.items():
        highs.setOptionValue(name, value)
    return highs


class Columns:
    """The matrix by column, in the order of the hours."""

    def __init__(self, program: dict):
        infinity = highspy.kHighsInf
        self.order = np.argsort(np.array(program["hours"]), kind="stable")
        self.hours = np.array(program["hours"])[self.order]
        self.cost = np.array(program["cost"], dtype=np.double)[self.order]
        starts, rows = np.array(program["starts"] + [len(program["rows"])]), np.array(program["rows"], dtype=np.int32)
        factors = np.array(program["factors"], dtype=np.double)
        lengths = np.diff(starts)[self.order]
        self.starts = np.concatenate([[0], np.cumsum(lengths)])
        cells = np.repeat(starts[:-1][self.order] - self.starts[:-1], lengths) + np.arange(len(rows))
        self.rows, self.factors = rows[cells], factors[cells]
        self.low = np.array([-infinity if low is None else low for low in program["low"]])
        self.high = np.array([infinity if high is None else high for high in program["high"]])

    def cells(self, columns: np.ndarray) -> tuple:
        """Starts, rows and factors of some columns."""
        lengths = self.starts[columns + 1] - self.starts[columns]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.repeat(self.starts[columns] - starts[:-1], lengths) + np.arange(starts[-1])
        return starts, self.rows[at], self.factors[at]

    def reduced(self, duals: np.ndarray, first: int, end: int) -> np.ndarray:
        """Reduced costs of the columns from one to another."""
        a, b = self.starts[first], self.starts[end]
        sums = np.concatenate([[0.0], np.cumsum(self.factors[a:b] * duals[self.rows[a:b]])])
        at = self.starts[first : end + 1] - a
        return self.cost[first:end] - (sums[at[1:]] - sums[at[:-1]])


class Relaxation:
    """The linear relaxation over the first columns, more and more of them."""

    def __init__(self, columns: Columns):
        self.columns, self.count, self.asked = columns, 0, 0
        self.bound, self.duals = None, None
        self.highs = solver(RELAXED)
        lp = highspy.HighsLp()
        lp.num_row_, lp.row_lower_, lp.row_upper_ = len(columns.low), columns.low, columns.high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.zeros(1, dtype=np.int32)
        self.highs.passModel(lp)

    def take(self, end: int) -> None:
        """Adds the columns before `end`; solved anew only where one of them could improve it."""
        columns, first = self.columns, self.count
        self.count = end
        if self.duals is not None and np.all(columns.reduced(self.duals, first, end) >= -1e-12):
            return
        new = np.arange(self.asked, end)
        starts, rows, factors = columns.cells(new)
        infinite = np.full(len(new), highspy.kHighsInf)
        self.highs.addCols(
            len(new), columns.cost[new], np.zeros(len(new)), infinite, len(rows), starts[:-1].astype(np.int32), rows, factors
        )
        self.asked = end
        known = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
        self.highs.run()
        if self.highs.getModelStatus() not in known:
            # Going on from its last basis it may lose its way: once more from the beginning.
            self.highs.clearSolver()
            self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            self.bound = self.highs.getInfo().objective_function_value
            self.duals = np.array(self.highs.getSolution().row_dual)
        elif status != highspy.HighsModelStatus.kInfeasible:
            raise RuntimeError(f"HiGHS leaves a relaxation {self.highs.modelStatusToString(status)}")


def whole(columns: Columns, some: np.ndarray, late: np.ndarray, limit: float) -> tuple:
    """The least cost of some columns with one at least that is late: status, cost, bound, and which."""
    starts, rows, factors = columns.cells(some)
    last = len(columns.low)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(some), last + 1
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = columns.cost[some], np.zeros(len(some)), np.ones(len(some))
    lp.row_lower_ = np.append(columns.low, 1.0)
    lp.row_upper_ = np.append(columns.high, highspy.kHighsInf)
    ends = np.insert(rows, starts[1:][late], last), np.insert(factors, starts[1:][late], 1.0)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = (starts + np.concatenate([[0], np.cumsum(late)])).astype(np.int32)
    lp.a_matrix_.index_, lp.a_matrix_.value_ = ends
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(some)
    highs = solver(WHOLE | {"time_limit": max(limit, 0.1)})
    highs.passModel(lp)
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return "infeasible", 0.0, 0.0, []
    if status == highspy.HighsModelStatus.kTimeLimit:
        return "time limit", 0.0, info.mip_dual_bound, []
    if status != highspy.HighsModelStatus.kOptimal:
        return highs.modelStatusToString(status), 0.0, 0.0, []
    used = some[np.array(highs.getSolution().col_value) > 0.5]
    return "optimal", info.objective_function_value, info.mip_dual_bound, used


def solve(program: dict) -> dict:
    """The least that the program comes to, proved."""
    started, solved = time.process_time(), 0
    columns, hour = Columns(program), program["hour"]
    relaxation = Relaxation(columns)
    best, used = float("inf"), None
    if program["cutoff"] is not None:
        best = program["cutoff"]
    # By level, the least that HiGHS left possible.
    bounds, status = [], "optimal"
    levels = np.unique(columns.hours)
    everything = Relaxation(columns)
    everything.take(len(columns.cost))
    for level in levels if everything.bound is not None else []:
        time_score = hour * level
        if everything.bound + time_score > best + MARGIN:
            break
        first, end = np.searchsorted(columns.hours, level, "left"), np.searchsorted(columns.hours, level, "right")
        relaxation.take(end)
        if relaxation.bound is None:
            continue
        costs = relaxation.bound + time_score + np.maximum(columns.reduced(relaxation.duals, 0, end), 0.0)
        possible = costs <= best + MARGIN
        if not possible[first:].any():
            continue
        some = np.flatnonzero(possible)
        limit = LIMIT - (time.process_time() - started)
        answer, cost, bound, chosen = whole(columns, some, some >= first, limit)
        solved += 1
        if answer == "infeasible":
            continue
        bounds.append(bound + time_score)
        if answer != "optimal":
            status = answer
            break
        if cost + time_score < best:
            best, used = cost + time_score, chosen
    if status == "optimal" and used is None:
        status = "infeasible" if program["cutoff"] is None else "nothing within the cutoff"
    answer = {"id": program["id"], "status": status, "programs": solved}
    if status == "optimal":
        answer |= {"objective": best, "bound": min(bounds + [best]), "used": sorted(int(columns.order[at]) for at in used)}
    return answer | {"seconds": time.process_time() - started}


def main() -> None:
    # HiGHS greets on the standard output whatever its options say: its words go to the errors.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(solve(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
