#!/usr/bin/env python3
"""Solve programs with HiGHS: one JSON line each on the standard input, one JSON line of the answer each on the standard output.

In:  {"id": 7, "objective": [c, ...], "rows": [[low or null, high or null, [[variable, factor], ...]], ...]}: minimise; variable 0 is at least 0, all others are 0 or 1.
Out: {"id": 7, "status": "optimal" | "infeasible" | other, "objective": f, "bound": f, "used": [variables that are 1], "seconds": s}

Solved to a gap of zero: HiGHS's own tolerances are set as tight as it takes them.
"""

import json
import os
import sys
import time

import highspy
import numpy as np

OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-10,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}


def solve(program: dict) -> dict:
    """The least that the program comes to, proved."""
    highs = highspy.Highs()
    for name, value in OPTIONS.items():
        highs.setOptionValue(name, value)
    infinity = highspy.kHighsInf
    objective, rows = program["objective"], program["rows"]
    count = len(objective)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(rows)
    lp.col_cost_ = np.array(objective, dtype=np.double)
    lp.col_lower_ = np.zeros(count)
    lp.col_upper_ = np.array([infinity] + [1.0] * (count - 1))
    lp.row_lower_ = np.array([-infinity if low is None else low for low, _, _ in rows])
    lp.row_upper_ = np.array([infinity if high is None else high for _, high, _ in rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0] + [len(cells) for _, _, cells in rows])
    lp.a_matrix_.index_ = np.array([at for _, _, cells in rows for at, _ in cells])
    lp.a_matrix_.value_ = np.array([factor for _, _, cells in rows for _, factor in cells], dtype=np.double)
    lp.integrality_ = [highspy.HighsVarType.kContinuous] + [highspy.HighsVarType.kInteger] * (count - 1)
    started = time.process_time()
    highs.passModel(lp)
    highs.run()
    seconds = time.process_time() - started
    status = highs.getModelStatus()
    names = {highspy.HighsModelStatus.kOptimal: "optimal", highspy.HighsModelStatus.kInfeasible: "infeasible"}
    answer = {"id": program["id"], "status": names.get(status, highs.modelStatusToString(status)), "seconds": seconds}
    if status == highspy.HighsModelStatus.kOptimal:
        values = highs.getSolution().col_value
        info = highs.getInfo()
        used = [at for at in range(1, count) if values[at] > 0.5]
        answer |= {"objective": info.objective_function_value, "bound": info.mip_dual_bound, "used": used}
    return answer


def main() -> None:
    # HiGHS greets on the standard output whatever its options say: its words go to the errors.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(solve(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
