"""The templates as data, for the tests beside this file."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
MACHINES = ("order", "cancellation")
NESTED = ("access", "api", "data", "logs", "messaging", "observability")

Resources = dict[str, dict[str, Any]]


def template(path: str) -> dict[str, Any]:
    """A template file; short intrinsics (`!Ref`) in their long form."""
    return yaml_parse((ROOT / path).read_text())


def nested(concern: str) -> dict[str, Any]:
    return template(f"infra/{concern}.yaml")


def of_type(resources: Resources, kind: str) -> Resources:
    """Properties by logical id of the resources of one type."""
    return {name: body.get("Properties", {}) for name, body in resources.items() if body["Type"] == kind}


def everything() -> Resources:
    """All resources of all nested templates; logical ids are unique across them."""
    found: Resources = {}
    for concern in NESTED:
        for name, body in nested(concern)["Resources"].items():
            if name in found:
                raise ValueError(f"{name} is declared in two templates")
            found[name] = body
    return found


def transformed() -> Resources:
    """The root template's resources after the SAM transform, as CloudFormation sees them."""
    root = template("template.yaml")
    for body in root["Resources"].values():
        properties = body["Properties"]
        if body["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = {"Bucket": "bucket", "Key": "key"}
        elif body["Type"] == "AWS::Serverless::StateMachine":
            properties["DefinitionUri"] = {"Bucket": "bucket", "Key": "key"}
    session = boto3.Session(region_name="eu-central-1")
    return Translator({}, Parser(), boto_session=session).translate(root, {})["Resources"]


def function_names() -> list[str]:
    """One function a directory of functions/."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/Cargo.toml"))


def pascal(name: str) -> str:
    """`track-poll` is `TrackPoll` in templates and state machines."""
    return "".join(word.capitalize() for word in name.split("-"))


def permissions() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((ROOT / "tests/template/permissions.toml").read_text())


def machine(name: str = "order") -> dict[str, Any]:
    return json.loads((ROOT / f"statemachine/{name}.asl.json").read_text())


def names_within(value: Any) -> set[str]:
    """Every logical id or parameter that a fragment refers to by Ref, GetAtt or Sub."""
    if isinstance(value, list):
        return set().union(*map(names_within, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        if key == "Ref":
            found.add(inner)
        elif key == "Fn::GetAtt":
            found.add(inner.split(".")[0] if isinstance(inner, str) else inner[0])
        elif key == "Fn::Sub":
            text, inner = (inner, {}) if isinstance(inner, str) else inner
            found |= set(re.findall(r"\$\{([A-Za-z0-9]+)", text)) - {"AWS"} - set(inner)
            found |= names_within(inner)
        else:
            found |= names_within(inner)
    return found
