"""Build the functions, deploy the template to the emulator when something changed, and find what was deployed."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import keys
import prepare
from emulator import REGION

ROOT = Path(__file__).resolve().parents[2]
STAGED = ROOT / "target" / "lambda"
STACK = "oms-local"
BUCKET = "oms-local"
# What is deployed is written down in the emulator itself, so that it is lost exactly when the deployment is.
DEPLOYED = "/oms-local/deployed"
COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")

ISSUER = "https://issuer.oms.example"
AUDIENCE = "oms"
MAIL_SENDER = "orders@marketplace.example"
# Where each carrier's API is at the carriers' simulator.
CARRIERS = {"dhl": "", **{name: f"/{name}" for name in ("dhl-express", "fedex", "gls", "postnl", "ups", "usps")}}


class DeploymentFailed(RuntimeError):
    """CloudFormation did not reach a complete state."""


@dataclass(frozen=True)
class Resource:
    """One deployed resource of the root stack or of a stack nested in it."""

    logical_id: str
    kind: str
    physical_id: str


@dataclass(frozen=True)
class Urls:
    """Where the parts of this stack listen."""

    emulator: str
    gateway: str
    carrier: str

    @property
    def jwks(self) -> str:
        """The public keys of the local token issuer: an object on the emulator's S3."""
        return f"{self.emulator}/{BUCKET}/issuer/jwks.json"


class Cloud:
    """Clients of the emulator's services, made when first used."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session(region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
        self._clients: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._clients:
            config = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"})
            self._clients[service] = self._session.client(service, endpoint_url=self.endpoint, config=config)
        return self._clients[service]


def function_names() -> list[str]:
    """One function a directory; the package, the binary and the directory bear one name."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))


def build() -> None:
    """Compile the functions and the developer tool. Quick when nothing changed.

    Chosen from the whole workspace, so that outside crates get the features that the tests build them with, and are not compiled twice.
    """
    subprocess.run(["cargo", "build", "--release", "--locked", "--workspace", "--exclude", "oms-bench", "--bins"], cwd=ROOT, check=True)


def stage() -> None:
    """Copy each function's binary to where the template expects its code, if it differs."""
    release = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    for name in function_names():
        built, staged = release / name, STAGED / name / "bootstrap"
        if not staged.exists() or not filecmp.cmp(built, staged):
            staged.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(built, staged)


def parameters(urls: Urls, gateway: str) -> dict[str, str]:
    """The template's parameters that differ from a deployment on AWS."""
    return {
        "Stage": "local",
        "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        "MailSender": MAIL_SENDER,
        "JwksUrl": urls.jwks,
        "Issuer": ISSUER,
        "Audience": AUDIENCE,
        "GatewayUrl": gateway,
        "CarrierUrls": ",".join(f"{name}={urls.carrier}{path}" for name, path in CARRIERS.items()),
    }


def fingerprint(values: dict[str, str]) -> str:
    """Changes when the templates, a function's code, the parameters or this deployer change."""
    sources = [ROOT / "template.yaml", *(ROOT / "infra").glob("*.yaml"), *(ROOT / "statemachine").glob("*.json")]
    sources += [Path(__file__), Path(prepare.__file__), *(STAGED / name / "bootstrap" for name in function_names())]
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode())
    for path in sorted(sources):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def deployed(cloud: Cloud) -> str | None:
    """The fingerprint of what the emulator runs now."""
    try:
        return cloud["ssm"].get_parameter(Name=DEPLOYED)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise


def publish_keys(cloud: Cloud, key_set: dict[str, Any]) -> None:
    """Put the issuer's public keys where the authorizer fetches them."""
    if BUCKET not in {bucket["Name"] for bucket in cloud["s3"].list_buckets()["Buckets"]}:
        cloud["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    cloud["s3"].put_object(Bucket=BUCKET, Key="issuer/jwks.json", Body=json.dumps(key_set).encode(), ContentType="application/json")


def deploy(cloud: Cloud, urls: Urls, gateway: str, secrets: dict[str, dict[str, str]]) -> bool:
    """Bring the emulator to the present templates and code, with functions that pay at `gateway`; returns whether anything had to be done."""
    values = parameters(urls, gateway)
    wanted = fingerprint(values)
    if deployed(cloud) == wanted:
        return False
    uploaded: set[str] = set()

    def upload(name: str, content: bytes) -> tuple[str, str]:
        key = f"artifacts/{prepare.content_key(name, content)}"
        cloud["s3"].put_object(Bucket=BUCKET, Key=key, Body=content)
        uploaded.add(key)
        return BUCKET, key

    url_of = lambda bucket, key: f"{cloud.endpoint}/{bucket}/{key}"
    ready = prepare.prepare(ROOT / "template.yaml", upload, url_of, REGION)
    for line in ready.all_dropped():
        print(f"not on the emulator, left out: {line}", file=sys.stderr)
    bucket, key = upload("template.json", json.dumps(ready.template, sort_keys=True).encode())
    run_deployment(cloud, url_of(bucket, key), values)
    complete_tables(cloud, ready)
    fill_secrets(cloud, secrets)
    for stale in [item["Key"] for item in listed(cloud, "artifacts/") if item["Key"] not in uploaded]:
        cloud["s3"].delete_object(Bucket=BUCKET, Key=stale)
    cloud["ssm"].put_parameter(Name=DEPLOYED, Value=wanted, Type="String", Overwrite=True)
    return True


def listed(cloud: Cloud, prefix: str) -> Iterator[dict[str, Any]]:
    """Objects of the local bucket under a prefix."""
    for page in cloud["s3"].get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        yield from page.get("Contents", [])


def run_deployment(cloud: Cloud, template_url: str, values: dict[str, str]) -> None:
    """Create or update the root stack and wait for the end of it."""
    request = {
        "StackName": STACK,
        "TemplateURL": template_url,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    before = status_of(cloud)
    if before not in (None, *COMPLETE):
        raise DeploymentFailed(f"{STACK} is {before} since an earlier deployment and takes no update; `make reset` starts afresh")
    action = "update_stack" if before else "create_stack"
    try:
        getattr(cloud["cloudformation"], action)(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise DeploymentFailed(str(error)) from error
    while (status := status_of(cloud) or "").endswith("_IN_PROGRESS"):
        time.sleep(0.1)
    if status not in COMPLETE[:2]:
        raise DeploymentFailed(f"{STACK} is {status}:\n" + "\n".join(failures(cloud, STACK)))


def status_of(cloud: Cloud) -> str | None:
    """The root stack's state, None where there is none."""
    try:
        return cloud["cloudformation"].describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    except ClientError:
        return None


def failures(cloud: Cloud, stack: str) -> list[str]:
    """What CloudFormation says went wrong, first cause first, nested stacks included."""
    lines = []
    for event in reversed(cloud["cloudformation"].describe_stack_events(StackName=stack)["StackEvents"]):
        if event["ResourceStatus"].endswith("_FAILED"):
            lines.append(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
            physical = event.get("PhysicalResourceId")
            if event["ResourceType"] == "AWS::CloudFormation::Stack" and physical and physical != event["StackId"]:
                lines += failures(cloud, physical)
    return lines


def resources(cloud: Cloud, stack: str = STACK) -> Iterator[Resource]:
    """Everything deployed, nested stacks opened."""
    for page in cloud["cloudformation"].get_paginator("list_stack_resources").paginate(StackName=stack):
        for item in page["StackResourceSummaries"]:
            if item["ResourceType"] == "AWS::CloudFormation::Stack":
                yield from resources(cloud, item["PhysicalResourceId"])
            else:
                yield Resource(item["LogicalResourceId"], item["ResourceType"], item["PhysicalResourceId"])


def short_name(logical_id: str, suffix: str) -> str:
    """`PaymentWebhookQueue` is `payment-webhook` among queues."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", logical_id.removesuffix(suffix)).lower()


def by_name(found: list[Resource], kind: str, suffix: str) -> dict[str, str]:
    """Physical ids of one kind of resource by short name."""
    return {short_name(item.logical_id, suffix): item.physical_id for item in found if item.kind == kind}


def complete_tables(cloud: Cloud, ready: prepare.Prepared, stack: str = STACK) -> None:
    """Set expiry and recovery of tables through the API, as the template says."""
    for page in cloud["cloudformation"].get_paginator("list_stack_resources").paginate(StackName=stack):
        for item in page["StackResourceSummaries"]:
            logical, physical = item["LogicalResourceId"], item["PhysicalResourceId"]
            if logical in ready.children:
                complete_tables(cloud, ready.children[logical], physical)
            elif logical in ready.tables:
                complete_table(cloud["dynamodb"], physical, ready.tables[logical])


def complete_table(dynamodb: Any, table: str, settings: dict[str, Any]) -> None:
    """Set expiry and recovery of one table where they are not yet as wanted."""
    expiry = settings.get("TimeToLiveSpecification")
    if expiry and dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
    if settings.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=settings["PointInTimeRecoverySpecification"])


def fill_secrets(cloud: Cloud, values: dict[str, dict[str, str]]) -> None:
    """Do what an operator does once on AWS: give the secrets their values."""
    for name, arn in by_name(list(resources(cloud)), "AWS::SecretsManager::Secret", "Secret").items():
        if name not in values:
            raise DeploymentFailed(f"no local value for the secret {name}: add one to {keys.__file__}")
        cloud["secretsmanager"].put_secret_value(SecretId=arn, SecretString=json.dumps(values[name]))


def describe(cloud: Cloud) -> dict[str, Any]:
    """Names and addresses of what is deployed, for other programs."""
    found = list(resources(cloud))
    apis = by_name(found, "AWS::ApiGatewayV2::Api", "Api")
    machines = by_name(found, "AWS::StepFunctions::StateMachine", "Machine")
    buses = by_name(found, "AWS::Events::EventBus", "Bus")
    return {
        "api_url": f"{cloud.endpoint}/_aws/execute-api/{next(iter(apis.values()))}/$default",
        "tables": by_name(found, "AWS::DynamoDB::Table", "Table"),
        "queues": by_name(found, "AWS::SQS::Queue", "Queue"),
        "topics": by_name(found, "AWS::SNS::Topic", "Topic"),
        "functions": by_name(found, "AWS::Lambda::Function", "Function"),
        "secrets": by_name(found, "AWS::SecretsManager::Secret", "Secret"),
        "state_machine": machines["order"],
        "cancellation_machine": machines["cancellation"],
        "bus": next(iter(buses.values())),
    }
