"""The state machines against the step table of the code: both must name the same ways and the same errors."""

from __future__ import annotations

import json
import re
import unittest
from typing import Any

from stack import MACHINES, ROOT, machine, of_type, pascal, template, transformed

# Errors of the platform, not of our code: a step may run twice, so each is worth another try.
PLATFORM = {
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "States.Timeout",
}
# Where it says for how long a run has an effect to itself.
LEASES = ("shared/gateways/src/once.rs", "functions/notify/src/once.rs")
STATES: dict[str, dict[str, Any]] = machine()["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
# Which function does what of a cancellation.
UNDOES = {"stock": "Validate", "money": "Pay", "people": "Notify"}
UNDOING: dict[str, dict[str, Any]] = machine("cancellation")["States"]


def states(name: str) -> dict[str, dict[str, Any]]:
    return machine(name)["States"]


def tasks(name: str) -> dict[str, dict[str, Any]]:
    return {state: body for state, body in states(name).items() if body["Type"] == "Task"}


def each_task():
    """Every task of every machine."""
    return [(name, state, task) for name in MACHINES for state, task in tasks(name).items()]


def function_of(machine_name: str, state: str) -> str:
    """The function that a task invokes, in the spelling of the template."""
    return UNDOES[state.lower()] if machine_name == "cancellation" and state != "Sweep" else state


def pauses(retry: dict[str, Any]) -> list[float]:
    """Seconds before each further attempt."""
    return [retry["IntervalSeconds"] * retry["BackoffRate"] ** n for n in range(retry["MaxAttempts"])]


def step_table() -> dict[str, Any]:
    return json.loads((ROOT / "docs/generated/steps.json").read_text())


def successors(state: dict[str, Any]) -> list[tuple[str, str]]:
    """Where a state may lead, each with its reason."""
    ways = [(state["Next"], "")] if "Next" in state else []
    ways += [(rule["Next"], why_of(rule)) for rule in state.get("Choices", [])]
    ways += [(state["Default"], "else")] if "Default" in state else []
    ways += [(catch["Next"], "error") for catch in state.get("Catch", [])]
    return ways


def why_of(rule: dict[str, Any]) -> str:
    """Why a branch is taken, as the drawing says it."""
    if "$states.input.undo" in rule["Condition"]:
        return branch_of_undo(rule)
    return branch_of(rule) or ("failures" if "$failures" in rule["Condition"] else "hops")


def branch_of(rule: dict[str, Any]) -> str | None:
    """The `next` value that a branch is for."""
    parts = rule["Condition"].split("'")
    return parts[1] if "$states.input.next = '" in rule["Condition"] else None


class Flow(unittest.TestCase):
    def test_every_way_of_the_code_has_a_branch_and_the_reverse(self):
        branches = {branch_of(rule): rule["Next"] for rule in STATES["Dispatch"]["Choices"] if branch_of(rule)}
        self.assertEqual(branches, {way: pascal(way) for way in step_table()["next"]})

    def test_every_next_exists_and_every_state_is_reached(self):
        for machine_name in MACHINES:
            reached, todo = set(), [machine(machine_name)["StartAt"]]
            while todo:
                name = todo.pop()
                if name not in reached:
                    reached.add(name)
                    todo += [way for way, _ in successors(states(machine_name)[name])]
            self.assertEqual(reached, set(states(machine_name)), machine_name)

    def test_every_state_leads_on_or_ends(self):
        for machine_name in MACHINES:
            for name, state in states(machine_name).items():
                self.assertEqual(not successors(state), state["Type"] in ("Succeed", "Fail"), f"{machine_name}: {name}")

    def test_a_circle_is_cut(self):
        guard = STATES["Dispatch"]["Choices"][0]
        self.assertIn("$hops >= 12", guard["Condition"])
        self.assertEqual(guard["Next"], "Sweep")
        for name in TASKS.keys() - {"Sweep"}:
            self.assertEqual(STATES[name]["Assign"], {"hops": "{% $hops + 1 %}"}, name)
        self.assertEqual(STATES[machine()["StartAt"]]["Assign"], {"hops": 0})

    def test_sweep_is_told_which_order_which_step_which_error_and_nothing_else(self):
        told = [catch for task in TASKS.values() for catch in task.get("Catch", [])]
        told += [STATES["Dispatch"]["Choices"][0], STATES["Unknown"]]
        for way in told:
            self.assertEqual(way["Next"], "Sweep")
            self.assertEqual(set(way["Output"]["stalled"]), {"order_id", "step", "error"})
            self.assertIn("error", way["Assign"])


class Cancellation(unittest.TestCase):
    """Each thing to undo is asked for while the order needs it, and one that fails keeps no other from being done."""

    def test_undoes_what_the_code_names_in_its_order_and_nothing_else(self):
        name, undone = UNDOING[machine("cancellation")["StartAt"]]["Next"], []
        while name != "Check":
            (rule,) = UNDOING[name]["Choices"]
            undone.append(branch_of_undo(rule))
            name = UNDOING[name]["Default"]
        self.assertEqual(undone, step_table()["undo"])
        self.assertEqual(set(UNDOES), set(step_table()["undo"]))

    def test_a_step_that_fails_or_changes_nothing_is_passed_over(self):
        for undo in step_table()["undo"]:
            gate, task = UNDOING[f"Needs{pascal(undo)}"], UNDOING[pascal(undo)]
            (rule,) = gate["Choices"]
            self.assertEqual(rule["Next"], pascal(undo))
            self.assertEqual(rule["Condition"], f"{{% '{undo}' in $states.input.undo and $stuck != '{undo}' and $hops < 12 %}}")
            (catch,) = task["Catch"]
            self.assertEqual((task["Next"], catch["Next"]), (f"Needs{pascal(undo)}",) * 2)
            self.assertEqual(catch["Assign"]["stuck"], undo)
            self.assertEqual(catch["Output"], "{% $states.input %}")
            self.assertIn(f"{{'undo': '{undo}', 'error': $states.errorOutput.Error}}", catch["Assign"]["failures"])
            self.assertIn(f"> $states.input.version ? 'none' : '{undo}'", task["Assign"]["stuck"])
            self.assertEqual(task["Assign"]["hops"], "{% $hops + 1 %}")

    def test_every_failure_is_written_down_before_the_end(self):
        (rule,) = UNDOING["Check"]["Choices"]
        self.assertEqual((rule["Condition"], rule["Next"], UNDOING["Check"]["Default"]), ("{% $count($failures) > 0 %}", "Sweep", "Done"))
        self.assertEqual(set(rule["Output"]["unfinished"]), {"order_id", "failures"})
        self.assertEqual(UNDOING["Sweep"]["Next"], "Unfinished")
        self.assertEqual(UNDOING["Unfinished"]["Type"], "Fail")

    def test_is_standard_and_ends_before_it_is_started_again(self):
        declared = template("template.yaml")["Resources"]["CancellationMachine"]["Properties"]
        self.assertEqual((declared["Type"], declared["Tracing"]), ("STANDARD", {"Enabled": True}))
        self.assertIs(declared["Logging"]["IncludeExecutionData"], False)
        # UNDO_STUCK_AFTER of shared/domain/src/timers.rs: a second execution must not meet the first.
        timers = (ROOT / "shared/domain/src/timers.rs").read_text()
        minutes = int(timers.split("UNDO_STUCK_AFTER: SignedDuration = SignedDuration::from_mins(")[1].split(")")[0])
        self.assertLess(machine("cancellation")["TimeoutSeconds"], minutes * 60)


def branch_of_undo(rule: dict[str, Any]) -> str:
    """What a gate of the cancellation machine is for."""
    return rule["Condition"].split("'")[1]


class Tasks(unittest.TestCase):
    def test_retry_what_is_worth_it_after_1_2_4_8_16_seconds(self):
        expected = set(step_table()["errors"]["retryable"]) | PLATFORM
        for machine_name, name, task in each_task():
            with self.subTest(machine=machine_name, task=name):
                retry, waiting = task["Retry"]
                self.assertEqual(set(retry["ErrorEquals"]) | set(waiting["ErrorEquals"]), expected)
                self.assertEqual(pauses(retry), [1, 2, 4, 8, 16])

    def test_wait_for_longer_than_a_run_that_died_holds_its_lease(self):
        for source in LEASES:
            (seconds,) = re.findall(r"const LEASE: SignedDuration = SignedDuration::from_secs\((\d+)\);", (ROOT / source).read_text())
            for machine_name, name, task in each_task():
                with self.subTest(machine=machine_name, task=name, lease=source):
                    waiting = task["Retry"][1]
                    self.assertEqual(waiting["ErrorEquals"], ["InProgress"])
                    self.assertGreater(sum(pauses(waiting)), int(seconds))

    def test_catch_the_rest(self):
        final = set(step_table()["errors"]["final"])
        for machine_name, name, task in each_task():
            with self.subTest(machine=machine_name, task=name):
                self.assertFalse(any(final & set(retry["ErrorEquals"]) for retry in task["Retry"]))
                if name != "Sweep":
                    self.assertEqual([catch["ErrorEquals"] for catch in task["Catch"]], [["States.ALL"]])

    def test_give_each_function_its_whole_time(self):
        functions = of_type(transformed(), "AWS::Lambda::Function")
        for machine_name, name, task in each_task():
            function = functions[f"{function_of(machine_name, name)}Function"]
            self.assertGreater(task["TimeoutSeconds"], function["Timeout"], f"{machine_name}: {name}")

    def test_invoke_the_functions_that_the_template_substitutes(self):
        for machine_name in MACHINES:
            declared = template("template.yaml")["Resources"][f"{pascal(machine_name)}Machine"]["Properties"]
            used = {task["Arguments"]["FunctionName"] for task in tasks(machine_name).values()}
            self.assertEqual(used, {f"${{{name}}}" for name in declared["DefinitionSubstitutions"]}, machine_name)
        for machine_name, name, task in each_task():
            self.assertEqual(task["Arguments"]["FunctionName"], f"${{{function_of(machine_name, name)}FunctionArn}}")

    def test_order_machine_is_express_traced_and_logs_no_data(self):
        declared = template("template.yaml")["Resources"]["OrderMachine"]["Properties"]
        self.assertEqual(declared["Type"], "EXPRESS")
        self.assertEqual(declared["Tracing"], {"Enabled": True})
        self.assertIs(declared["Logging"]["IncludeExecutionData"], False)
        self.assertLessEqual(machine()["TimeoutSeconds"], 300)

    def test_each_machine_may_invoke_its_functions_and_no_others(self):
        resources = template("infra/access.yaml")["Resources"]
        for machine_name, role in (("order", "MachineRole"), ("cancellation", "CancellationMachineRole")):
            statements = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
            (steps,) = [statement for statement in statements if statement["Sid"] == "Steps"]
            granted = {arn["Fn::Sub"].rsplit("${Name}-", 1)[1] for arn in steps["Resource"]}
            self.assertEqual(granted, {function_of(machine_name, name).lower() for name in tasks(machine_name)}, machine_name)


class Drawing(unittest.TestCase):
    def test_shows_the_machines(self):
        drawn = (ROOT / "statemachine/README.md").read_text()
        blocks = [part.split("```")[0] for part in drawn.split("```mermaid\n")[1:]]
        self.assertEqual(len(blocks), len(MACHINES))
        for machine_name, block in zip(MACHINES, blocks, strict=True):
            lines = {line.strip() for line in block.splitlines()[1:] if "-->" in line}
            expected = {f"[*] --> {machine(machine_name)['StartAt']}"}
            for name, state in states(machine_name).items():
                expected |= {f"{name} --> {way}{f': {why}' if why else ''}" for way, why in successors(state)}
                if not successors(state):
                    expected.add(f"{name} --> [*]")
            self.assertEqual(lines, expected, machine_name)


if __name__ == "__main__":
    unittest.main()
