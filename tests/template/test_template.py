"""What holds for every function, table, queue and route, checked over all of them, so that a new one is covered by itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

from stack import NESTED, ROOT, everything, function_names, nested, names_within, of_type, pascal, permissions, template, transformed
from samtranslator.yaml_helper import yaml_parse

# Installed beside the interpreter that runs these tests.
LINTER = str(Path(sys.executable).parent / "cfn-lint")
# IAM knows no narrower resource for these.
ANY_RESOURCE = {"Traces", "Sampling", "AllStreams", "LogDelivery"}
# Granted to every function beside what permissions.toml states.
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
# Seconds that SQS keeps a message at most: 14 days.
LONGEST_RETENTION = 14 * 24 * 3600
# The variable that names a resource to the code, by the `Sid` that grants the use of it. Absent: the code never names it.
VARIABLES = {
    "Orders": "OMS_ORDERS_TABLE",
    "Inventory": "OMS_INVENTORY_TABLE",
    "Reference": "OMS_REFERENCE_TABLE",
    "Ephemeral": "OMS_EPHEMERAL_TABLE",
    "SealingSecret": "OMS_SEALING_SECRET_ARN",
    "GatewaySecret": "OMS_GATEWAY_SECRET_ARN",
    "CarrierSecret": "OMS_CARRIER_SECRET_ARN",
    "Bus": "OMS_BUS_NAME",
    "Machine": "OMS_MACHINE_ARN",
    "CancellationMachine": "OMS_CANCELLATION_MACHINE_ARN",
    "Mail": "OMS_MAIL_SENDER",
    "VendorTopic": "OMS_VENDOR_TOPIC_ARN",
    "OperatorTopic": "OMS_OPERATOR_TOPIC_ARN",
}
SENDS = {
    "PaymentWebhookQueue": "OMS_PAYMENT_WEBHOOK_QUEUE_URL",
    "CarrierWebhookQueue": "OMS_CARRIER_WEBHOOK_QUEUE_URL",
    "NotifyQueue": "OMS_NOTIFY_QUEUE_URL",
    "OperatorTasksQueue": "OMS_OPERATOR_TASKS_QUEUE_URL",
}
# What a grant refers to besides the resource that its `Sid` names.
RESOURCE_OF = {"OrdersIndexes": "Orders", "InventoryIndexes": "Inventory", "CustomerKeys": "Reference", "Tallies": "Reference", "Mail": "MailSender"}


class EveryTemplate(unittest.TestCase):
    def test_is_clean_by_cfn_lint(self):
        files = ["template.yaml", *(f"infra/{concern}.yaml" for concern in NESTED)]
        done = subprocess.run(
            [LINTER, "--regions", "eu-central-1", "us-east-1", "--", *files], cwd=ROOT, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_knows_no_local_address(self):
        for path in [ROOT / "template.yaml", *(ROOT / "infra").glob("*.yaml"), *(ROOT / "statemachine").glob("*.json")]:
            for word in ("AWS_ENDPOINT_URL", "127.0.0.1", "localhost", "4566"):
                self.assertNotIn(word, path.read_text(), path.name)

    def test_every_nested_template_is_used(self):
        stacks = of_type(template("template.yaml")["Resources"], "AWS::CloudFormation::Stack")
        self.assertEqual({body["TemplateURL"] for body in stacks.values()}, {f"infra/{concern}.yaml" for concern in NESTED})
        self.assertEqual({f"{path.stem}" for path in (ROOT / "infra").glob("*.yaml")}, set(NESTED))


class EveryFunction(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = transformed()
        cls.functions = of_type(cls.resources, "AWS::Lambda::Function")
        cls.declared = of_type(template("template.yaml")["Resources"], "AWS::Serverless::Function")

    def each(self):
        return [(name, self.functions[f"{pascal(name)}Function"]) for name in function_names()]

    def test_has_one_name_everywhere(self):
        self.assertEqual(set(self.functions), {f"{pascal(name)}Function" for name in function_names()})
        for name, function in self.each():
            self.assertEqual(function["FunctionName"], {"Fn::Sub": f"${{AWS::StackName}}-{name}"}, name)
            self.assertEqual(self.declared[f"{pascal(name)}Function"]["CodeUri"], f"target/lambda/{name}/", name)
            self.assertEqual(function["Role"], {"Fn::GetAtt": ["Access", f"Outputs.{pascal(name)}RoleArn"]}, name)

    def test_is_traced_and_built_for_the_chosen_processor(self):
        for name, function in self.each():
            self.assertEqual(function["TracingConfig"], {"Mode": "Active"}, name)
            self.assertEqual(function["Architectures"], [{"Ref": "Architecture"}], name)
            self.assertEqual((function["Runtime"], function["Handler"]), ("provided.al2023", "bootstrap"), name)

    def test_ends_in_the_time_its_caller_gives_it(self):
        for name, function in self.each():
            limit = {"track-poll": 300, "reconcile": 300, "relay": 60, "sweep": 59}.get(name, 30)
            self.assertLessEqual(function["Timeout"], limit, name)

    def test_has_a_log_with_retention(self):
        logs = {json.dumps(log["LogGroupName"]): log for log in of_type(nested("logs")["Resources"], "AWS::Logs::LogGroup").values()}
        for log in logs.values():
            self.assertEqual(log["RetentionInDays"], {"Ref": "RetentionDays"})
        for name, _ in self.each():
            self.assertIn(json.dumps({"Fn::Sub": f"/aws/lambda/${{Name}}-{name}"}), logs, name)

    def test_knows_what_it_may_use_and_no_more(self):
        for name, function in self.each():
            grants = permissions()[name]
            expected = {VARIABLES[sid] for sid in grants if sid in VARIABLES}
            expected |= {SENDS[sid] for sid, actions in grants.items() if sid in SENDS and "sqs:SendMessage" in actions}
            expected |= {"OMS_STAGE"}
            free = {"OMS_JWKS_URL", "OMS_ISSUER", "OMS_AUDIENCE", "OMS_GATEWAY_URL", "OMS_CARRIER_URLS", "OMS_REFERENCE_SECONDS"}
            self.assertEqual(set(function["Environment"]["Variables"]) - free, expected, name)

    def test_has_exactly_the_variables_that_its_code_reads(self):
        given, read = {}, {}
        for name, function in self.each():
            sources = "".join(path.read_text() for path in (ROOT / "functions" / name / "src").rglob("*.rs"))
            read[name] = sorted(set(re.findall(r'"(OMS_[A-Z_]+)"', sources)) - {"OMS_STAGE"})
            given[name] = sorted(set(function["Environment"]["Variables"]) - {"OMS_STAGE"})
        self.maxDiff = None
        self.assertEqual(given, read)

    def test_consumes_queues_message_by_message(self):
        for name, mapping in of_type(self.resources, "AWS::Lambda::EventSourceMapping").items():
            with self.subTest(name):
                source = json.dumps(mapping["EventSourceArn"])
                if "Queue" in source:
                    self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
                    self.assertGreaterEqual(mapping["ScalingConfig"]["MaximumConcurrency"], 2)
                else:
                    self.assertTrue(mapping["BisectBatchOnFunctionError"])
                    self.assertIn("OnFailure", mapping["DestinationConfig"])

    def test_stream_carries_only_heads(self):
        (mapping,) = [m for m in of_type(self.resources, "AWS::Lambda::EventSourceMapping").values() if "FilterCriteria" in m]
        (pattern,) = mapping["FilterCriteria"]["Filters"]
        keys = json.loads(pattern["Pattern"])["dynamodb"]["Keys"]
        self.assertEqual(keys, {"pk": {"S": [{"prefix": "O#"}]}, "sk": {"S": ["A"]}})


class EveryRole(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.resources = nested("access")["Resources"]
        cls.roles = of_type(cls.resources, "AWS::IAM::Role")

    def statements(self, role: str):
        return [statement for policy in self.roles[role]["Policies"] for statement in policy["PolicyDocument"]["Statement"]]

    def test_grants_exactly_what_is_stated(self):
        self.assertEqual(set(permissions()), set(function_names()))
        for name in function_names():
            with self.subTest(name):
                granted = {statement["Sid"]: statement["Action"] for statement in self.statements(f"{pascal(name)}Role")}
                self.assertEqual(set(granted.pop("Log")), LOG)
                self.assertEqual(granted, permissions()[name])

    def test_grants_it_on_the_resource_it_names(self):
        for role in self.roles:
            for statement in self.statements(role):
                sid = statement["Sid"]
                with self.subTest(role=role, sid=sid):
                    self.assertEqual(statement["Effect"], "Allow")
                    if sid in ANY_RESOURCE or sid in ("Log", "Steps"):
                        continue
                    names = names_within(statement["Resource"])
                    resource = RESOURCE_OF.get(sid, sid)
                    self.assertTrue(names and all(name in (resource, f"{resource}Arn", f"{resource}TableArn") for name in names), names)

    def test_names_actions_and_resources(self):
        policies = of_type(self.resources, "AWS::IAM::ManagedPolicy").values()
        statements = [s for role in self.roles for s in self.statements(role)]
        statements += [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
        for statement in statements:
            with self.subTest(statement["Sid"]):
                self.assertFalse([action for action in statement["Action"] if "*" in action])
                self.assertEqual(statement["Resource"] == "*", statement["Sid"] in ANY_RESOURCE)

    def test_writes_to_its_own_log_only(self):
        for name in function_names():
            (log,) = [s for s in self.statements(f"{pascal(name)}Role") if s["Sid"] == "Log"]
            self.assertTrue(log["Resource"]["Fn::Sub"].endswith(f":log-group:/aws/lambda/${{Name}}-{name}:*"), name)

    def test_takes_no_managed_policy_but_tracing(self):
        for name, role in self.roles.items():
            self.assertEqual(role["ManagedPolicyArns"], [{"Ref": "Tracing"}], name)
        generated = of_type(transformed(), "AWS::IAM::Role")
        self.assertEqual(generated, {}, "SAM made a role of its own: give that function or machine a Role")


class WhatRunsByItself(unittest.TestCase):
    """What no test on the local stack would miss."""

    def test_clocks_tick_as_often_as_the_timers_need(self):
        rules = of_type(transformed(), "AWS::Events::Rule").values()
        ticks = {
            (target["Arn"]["Fn::GetAtt"][0], rule["ScheduleExpression"])
            for rule in rules
            if "ScheduleExpression" in rule
            for target in rule["Targets"]
        }
        expected = {
            ("SweepFunction", "rate(1 minute)"),
            ("TrackPollFunction", "rate(30 minutes)"),
            ("ReconcileFunction", "rate(1 hour)"),
            ("ReconcileFunction", "rate(1 day)"),
        }
        self.assertEqual(ticks, expected)

    def test_events_are_kept_for_thirty_days(self):
        (archive,) = of_type(nested("messaging")["Resources"], "AWS::Events::Archive").values()
        self.assertEqual((archive["SourceArn"], archive["RetentionDays"]), ({"Fn::GetAtt": ["Bus", "Arn"]}, 30))
        self.assertNotIn("EventPattern", archive)

    def test_functions_run_on_arm_unless_it_is_asked_for_otherwise(self):
        parameters = template("template.yaml")["Parameters"]
        self.assertEqual(parameters["Architecture"]["Default"], "arm64")
        self.assertNotIn("Default", parameters["MailSender"], "nobody's address is a default")


class EveryTable(unittest.TestCase):
    def test_is_protected_encrypted_and_recoverable(self):
        tables = {name: body for name, body in nested("data")["Resources"].items() if body["Type"] == "AWS::DynamoDB::Table"}
        self.assertEqual(set(tables), {"OrdersTable", "InventoryTable", "ReferenceTable", "EphemeralTable"})
        for name, body in tables.items():
            with self.subTest(name):
                self.assertEqual((body["DeletionPolicy"], body["UpdateReplacePolicy"]), ("Retain", "Retain"))
                table = body["Properties"]
                self.assertTrue(table["DeletionProtectionEnabled"])
                self.assertTrue(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
                self.assertTrue(table["SSESpecification"]["SSEEnabled"])
                self.assertEqual(table["BillingMode"], "PAY_PER_REQUEST")
                self.assertEqual([key["AttributeName"] for key in table["KeySchema"]], ["pk", "sk"])
                for index in table.get("GlobalSecondaryIndexes", []):
                    self.assertEqual(index["Projection"], {"ProjectionType": "KEYS_ONLY"}, index["IndexName"])

    def test_ephemeral_items_expire(self):
        table = nested("data")["Resources"]["EphemeralTable"]["Properties"]
        self.assertEqual(table["TimeToLiveSpecification"], {"AttributeName": "expires", "Enabled": True})

    def test_secrets_outlive_the_stack_and_have_no_value_in_it(self):
        for name, body in nested("data")["Resources"].items():
            if body["Type"] == "AWS::SecretsManager::Secret":
                self.assertEqual((body["DeletionPolicy"], body["UpdateReplacePolicy"]), ("Retain", "Retain"), name)
                self.assertEqual(set(body["Properties"]), {"Description"}, name)


class EveryQueue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messaging = nested("messaging")["Resources"]
        cls.queues = of_type(cls.messaging, "AWS::SQS::Queue")
        cls.alarms = of_type(nested("observability")["Resources"], "AWS::CloudWatch::Alarm")

    def watched(self, queue: str, metric: str) -> bool:
        return any(alarm["MetricName"] == metric and {"Name": "QueueName", "Value": {"Ref": queue}} in alarm.get("Dimensions", []) for alarm in self.alarms.values())

    def test_has_a_dead_letter_queue_and_both_are_watched(self):
        for name, queue in self.queues.items():
            with self.subTest(name):
                self.assertTrue(queue["SqsManagedSseEnabled"])
                if name.endswith("DeadQueue"):
                    self.assertTrue(self.watched(name, "ApproximateNumberOfMessagesVisible"))
                    continue
                dead = name.replace("Queue", "DeadQueue")
                self.assertEqual(names_within(queue["RedrivePolicy"]["deadLetterTargetArn"]), {dead})
                if name == "OperatorTasksQueue":
                    # A person may be away for longer than any function: nothing keeps a task longer than this.
                    self.assertEqual(queue["MessageRetentionPeriod"], LONGEST_RETENTION)
                else:
                    self.assertGreater(self.queues[dead]["MessageRetentionPeriod"], queue["MessageRetentionPeriod"])
                self.assertTrue(self.watched(name, "ApproximateAgeOfOldestMessage"))

    def test_hides_a_message_for_six_timeouts_of_its_function(self):
        functions = of_type(transformed(), "AWS::Lambda::Function")
        for mapping in of_type(transformed(), "AWS::Lambda::EventSourceMapping").values():
            found = re.search(r"Outputs\.(\w+Queue)Arn", json.dumps(mapping["EventSourceArn"]))
            if found:
                function = functions[mapping["FunctionName"]["Ref"]]
                self.assertGreaterEqual(self.queues[found[1]]["VisibilityTimeout"], 6 * function["Timeout"], found[1])

    def test_takes_tls_only(self):
        covered: set[str] = set()
        for policy in of_type(self.messaging, "AWS::SQS::QueuePolicy").values():
            statements = policy["PolicyDocument"]["Statement"]
            if any(s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for s in statements):
                covered |= names_within(policy["Queues"])
        self.assertEqual(covered, set(self.queues))

    def test_topics_are_encrypted_and_take_tls_only(self):
        topics = of_type(self.messaging, "AWS::SNS::Topic")
        covered: set[str] = set()
        for policy in of_type(self.messaging, "AWS::SNS::TopicPolicy").values():
            if any(s["Effect"] == "Deny" for s in policy["PolicyDocument"]["Statement"]):
                covered |= names_within(policy["Topics"])
        self.assertEqual(covered, set(topics))
        for name, topic in topics.items():
            self.assertEqual(topic["KmsMasterKeyId"], {"Ref": "TopicKey"}, name)

    def test_rules_keep_what_they_cannot_deliver(self):
        for name, rule in of_type(self.messaging, "AWS::Events::Rule").items():
            for target in rule["Targets"]:
                self.assertIn("DeadLetterConfig", target, name)
                self.assertIn("RetryPolicy", target, name)


class EveryAlarm(unittest.TestCase):
    def test_reaches_the_operators(self):
        for name, alarm in of_type(nested("observability")["Resources"], "AWS::CloudWatch::Alarm").items():
            self.assertEqual(alarm["AlarmActions"], [{"Ref": "OperatorTopicArn"}], name)
            self.assertEqual(alarm["TreatMissingData"], "notBreaching", name)

    def test_dashboard_is_json(self):
        (board,) = of_type(nested("observability")["Resources"], "AWS::CloudWatch::Dashboard").values()
        self.assertTrue(json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"])


class EveryRoute(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.routes = {route["RouteKey"]: route for route in of_type(nested("api")["Resources"], "AWS::ApiGatewayV2::Route").values()}

    def test_is_in_the_published_contract_and_the_reverse(self):
        paths = yaml_parse((ROOT / "openapi.yaml").read_text())["paths"]
        published = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in ("delete", "get", "patch", "post", "put")}
        self.assertEqual(set(self.routes), published)

    def test_needs_a_token_unless_it_is_a_webhook(self):
        for key, route in self.routes.items():
            expected = "NONE" if key.startswith("POST /webhooks/") else "CUSTOM"
            self.assertEqual(route["AuthorizationType"], expected, key)
            self.assertEqual("AuthorizerId" in route, expected == "CUSTOM", key)

    def test_open_routes_have_limits_of_their_own(self):
        (stage,) = of_type(everything(), "AWS::ApiGatewayV2::Stage").values()
        self.assertEqual(set(stage["RouteSettings"]), {key for key, route in self.routes.items() if route["AuthorizationType"] == "NONE"})

    def test_access_log_names_no_person(self):
        (stage,) = of_type(everything(), "AWS::ApiGatewayV2::Stage").values()
        form = stage["AccessLogSettings"]["Format"]
        self.assertTrue(json.loads(form))
        for variable in ("sourceIp", "userAgent", "$context.path", "subject"):
            self.assertNotIn(variable, form)


if __name__ == "__main__":
    unittest.main()
