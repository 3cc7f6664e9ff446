"""The state machine against the step table of the code: both must name the same ways and the same errors."""

from __future__ import annotations

import json
import unittest
from typing import Any

from stack import ROOT, machine, of_type, pascal, template, transformed

# Errors of the platform, not of our code: a step may run twice, so each is worth another try.
PLATFORM = {
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Sandbox.Timedout",
    "States.Timeout",
}
STATES: dict[str, dict[str, Any]] = machine()["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}


def step_table() -> dict[str, Any]:
    return json.loads((ROOT / "docs/generated/steps.json").read_text())


def successors(state: dict[str, Any]) -> list[tuple[str, str]]:
    """Where a state may lead, each with its reason."""
    ways = [(state["Next"], "")] if "Next" in state else []
    ways += [(rule["Next"], branch_of(rule) or "hops") for rule in state.get("Choices", [])]
    ways += [(state["Default"], "else")] if "Default" in state else []
    ways += [(catch["Next"], "error") for catch in state.get("Catch", [])]
    return ways


def branch_of(rule: dict[str, Any]) -> str | None:
    """The `next` value that a branch is for."""
    parts = rule["Condition"].split("'")
    return parts[1] if "$states.input.next = '" in rule["Condition"] else None


class Flow(unittest.TestCase):
    def test_every_way_of_the_code_has_a_branch_and_the_reverse(self):
        branches = {branch_of(rule): rule["Next"] for rule in STATES["Dispatch"]["Choices"] if branch_of(rule)}
        self.assertEqual(branches, {way: pascal(way) for way in step_table()["next"]})

    def test_every_next_exists_and_every_state_is_reached(self):
        reached, todo = set(), [machine()["StartAt"]]
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += [way for way, _ in successors(STATES[name])]
        self.assertEqual(reached, set(STATES))

    def test_every_state_leads_on_or_ends(self):
        for name, state in STATES.items():
            self.assertEqual(not successors(state), state["Type"] in ("Succeed", "Fail"), name)

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


class Tasks(unittest.TestCase):
    def test_retry_what_is_worth_it_after_1_2_4_8_16_seconds(self):
        expected = set(step_table()["errors"]["retryable"]) | PLATFORM
        for name, task in TASKS.items():
            with self.subTest(name):
                (retry,) = task["Retry"]
                self.assertEqual(set(retry["ErrorEquals"]), expected)
                pauses = [retry["IntervalSeconds"] * retry["BackoffRate"] ** n for n in range(retry["MaxAttempts"])]
                self.assertEqual(pauses, [1, 2, 4, 8, 16])

    def test_catch_the_rest(self):
        final = set(step_table()["errors"]["final"])
        for name, task in TASKS.items():
            with self.subTest(name):
                self.assertFalse(final & set(task["Retry"][0]["ErrorEquals"]))
                if name != "Sweep":
                    self.assertEqual([catch["ErrorEquals"] for catch in task["Catch"]], [["States.ALL"]])

    def test_give_each_function_its_whole_time(self):
        functions = of_type(transformed(), "AWS::Lambda::Function")
        for name, task in TASKS.items():
            self.assertGreater(task["TimeoutSeconds"], functions[f"{name}Function"]["Timeout"], name)

    def test_invoke_the_functions_that_the_template_substitutes(self):
        (declared,) = of_type(template("template.yaml")["Resources"], "AWS::Serverless::StateMachine").values()
        used = {task["Arguments"]["FunctionName"] for task in TASKS.values()}
        self.assertEqual(used, {f"${{{name}}}" for name in declared["DefinitionSubstitutions"]})
        for name, task in TASKS.items():
            self.assertEqual(task["Arguments"]["FunctionName"], f"${{{name}FunctionArn}}")

    def test_machine_is_express_traced_and_logs_no_data(self):
        (declared,) = of_type(template("template.yaml")["Resources"], "AWS::Serverless::StateMachine").values()
        self.assertEqual(declared["Type"], "EXPRESS")
        self.assertEqual(declared["Tracing"], {"Enabled": True})
        self.assertIs(declared["Logging"]["IncludeExecutionData"], False)
        self.assertLessEqual(machine()["TimeoutSeconds"], 300)


class Drawing(unittest.TestCase):
    def test_shows_the_machine(self):
        drawn = (ROOT / "statemachine/README.md").read_text()
        (block,) = [part.split("```")[0] for part in drawn.split("```mermaid\n")[1:]]
        lines = {line.strip() for line in block.splitlines()[1:] if "-->" in line}
        expected = {f"[*] --> {machine()['StartAt']}"}
        for name, state in STATES.items():
            expected |= {f"{name} --> {way}{f': {why}' if why else ''}" for way, why in successors(state)}
            if not successors(state):
                expected.add(f"{name} --> [*]")
        self.assertEqual(lines, expected)


if __name__ == "__main__":
    unittest.main()
