"""The pieces that bring the template to the emulator, each without an emulator."""

from __future__ import annotations

import base64
import json
import os
import socket
import stat
import sys
import tempfile
import unittest
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

LOCAL = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LOCAL))

import deploy  # noqa: E402
import emulator  # noqa: E402
import keys  # noqa: E402
import prepare  # noqa: E402
from processes import NotHealthy, Process, free_port  # noqa: E402

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}},
}
ARCHIVE = {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}}}


class InTemporaryDirectory(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, name: str, content: Any) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path


class Preparing(InTemporaryDirectory):
    def prepare(self, template: dict[str, Any]) -> tuple[prepare.Prepared, dict[str, bytes]]:
        uploaded: dict[str, bytes] = {}

        def upload(name: str, content: bytes) -> tuple[str, str]:
            uploaded[name] = content
            return "bucket", name

        path = self.write("template.yaml", template)
        return prepare.prepare(path, upload, lambda bucket, key: f"http://s3/{bucket}/{key}", "eu-central-1"), uploaded

    def test_function_is_packaged_with_an_executable_bootstrap(self) -> None:
        self.write("target/lambda/pay/bootstrap", "machine code")
        function = {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "target/lambda/pay/", "Handler": "bootstrap", "Runtime": "provided.al2023"},
        }
        ready, uploaded = self.prepare({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"PayFunction": function}})
        self.assertEqual(ready.template["Resources"]["PayFunction"]["Properties"]["Code"], {"S3Bucket": "bucket", "S3Key": "pay.zip"})
        entry = zipfile.ZipFile(BytesIO(uploaded["pay.zip"])).getinfo("bootstrap")
        self.assertEqual(entry.external_attr >> 16 & 0o777, 0o755)
        self.assertNotIn("Transform", ready.template)

    def test_same_code_gives_the_same_package(self) -> None:
        bootstrap = self.write("pay/bootstrap", "machine code")
        first = prepare.package(bootstrap.parent)
        os.utime(bootstrap, (0, 10**9))
        self.assertEqual(prepare.package(bootstrap.parent), first)

    def test_function_without_code_is_refused(self) -> None:
        with self.assertRaisesRegex(prepare.Unpreparable, "bootstrap is missing"):
            prepare.package(self.directory)

    def test_nested_template_is_prepared_and_uploaded(self) -> None:
        self.write("infra/data.yaml", {"Resources": {"EphemeralTable": TABLE, "Bus": {"Type": "AWS::Events::EventBus"}, "Archive": ARCHIVE}})
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "infra/data.yaml"}}
        ready, uploaded = self.prepare({"Resources": {"Data": nested}})
        self.assertEqual(ready.template["Resources"]["Data"]["Properties"]["TemplateURL"], "http://s3/bucket/data.json")
        self.assertEqual(set(json.loads(uploaded["data.json"])["Resources"]), {"EphemeralTable", "Bus"})
        self.assertEqual(ready.all_dropped(), ["data.yaml: Archive (AWS::Events::Archive)"])
        self.assertEqual(ready.children["Data"].tables, {"EphemeralTable": TABLE["Properties"]})

    def test_what_is_referred_to_is_not_left_out(self) -> None:
        for reference in ({"Ref": "Archive"}, {"Fn::GetAtt": "Archive.Arn"}, {"Fn::GetAtt": ["Archive", "Arn"]}, {"Fn::Sub": "x ${Archive.Arn}"}):
            with self.subTest(reference), self.assertRaisesRegex(prepare.Unpreparable, "Archive"):
                self.prepare({"Resources": {"Archive": ARCHIVE}, "Outputs": {"Name": {"Value": reference}}})

    def test_api_with_a_body_is_refused(self) -> None:
        with self.assertRaisesRegex(prepare.Unpreparable, "routes"):
            self.prepare({"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {"paths": {}}}}}})


class Naming(unittest.TestCase):
    def test_short_names(self) -> None:
        cases = {
            ("PaymentWebhookQueue", "Queue"): "payment-webhook",
            ("OrdersTable", "Table"): "orders",
            ("TrackPollFunction", "Function"): "track-poll",
            ("NotifyDeadQueue", "Queue"): "notify-dead",
        }
        for (logical_id, suffix), name in cases.items():
            self.assertEqual(deploy.short_name(logical_id, suffix), name)


class Keys(InTemporaryDirectory):
    def test_secrets_are_made_once_and_private(self) -> None:
        path = self.directory / "keys" / "secrets.json"
        first = keys.secret_values(path)
        self.assertEqual(keys.secret_values(path), first)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(len(base64.b64decode(first["sealing"]["master_key"])), 32)

    def test_key_set_shows_the_public_half_only(self) -> None:
        path = self.directory / "issuer.pem"
        shown = keys.jwks(keys.issuer_key(path))["keys"][0]
        self.assertEqual(shown, keys.jwks(keys.issuer_key(path))["keys"][0])
        self.assertEqual(set(shown), {"kty", "n", "e", "kid", "alg", "use"})
        required = json.dumps({name: shown[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
        self.assertEqual(shown["kid"], base64.urlsafe_b64encode(sha256(required.encode()).digest()).rstrip(b"=").decode())
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)


class Emulator(unittest.TestCase):
    def test_functions_see_nothing_of_the_callers_shell(self) -> None:
        os.environ["OMS_LEAK"] = "1"
        self.addCleanup(os.environ.pop, "OMS_LEAK")
        given = emulator.environment(4566, Path("/somewhere"))
        self.assertFalse({name for name in given if name.startswith("OMS_") or "PROXY" in name.upper() or "ACCESS_KEY" in name})

    def test_parts_that_are_patched_are_where_they_were(self) -> None:
        everyone = (
            emulator.answer_at_once,
            emulator.take_logs_as_they_are,
            emulator.start_executions_at_once,
            emulator.keep_streams,
            emulator.remember_attributes,
        )
        for patch in everyone:
            with self.subTest(patch.__name__):
                patch()


class Processes(InTemporaryDirectory):
    def process(self, code: str, port: int) -> Process:
        command = (sys.executable, "-c", code, str(self.directory))
        return Process("probe", command, self.directory, f"http://127.0.0.1:{port}/")

    def test_started_once_and_stopped(self) -> None:
        port = free_port(0)
        process = self.process(f"import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()", port)
        self.addCleanup(process.stop)
        self.assertEqual([process.start(), process.start()], [True, False])
        self.assertEqual([process.stop(), process.stop()], [True, False])
        self.assertIsNone(process.pid())

    def test_early_end_is_told_with_the_log(self) -> None:
        with self.assertRaisesRegex(NotHealthy, "no such thing"):
            self.process("raise SystemExit('no such thing')", free_port(0)).start()

    def test_foreign_listener_is_not_taken_for_ours(self) -> None:
        port = free_port(0)
        other = self.process(f"import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()", port)
        self.addCleanup(other.stop)
        other.start()
        with self.assertRaisesRegex(NotHealthy, "another program"):
            Process("mine", other.command, self.directory, other.health).start()

    def test_foreign_pid_is_left_alone(self) -> None:
        process = self.process("pass", free_port(0))
        process.pid_file.parent.mkdir(parents=True)
        process.pid_file.write_text(str(os.getppid()))
        self.assertFalse(process.stop())

    def test_wanted_port_only_while_free(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.assertNotEqual(free_port(taken.getsockname()[1]), taken.getsockname()[1])


if __name__ == "__main__":
    unittest.main()
