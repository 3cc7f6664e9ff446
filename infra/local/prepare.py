"""Turn `template.yaml` and the templates it nests into what the emulator can deploy.

What AWS does at deployment and the emulator does not is done here: packages and nested templates are uploaded, the SAM transform is
applied, resources of a kind unknown to the emulator are left out (and named), and table settings that it ignores are
collected, to be set through the API afterwards. The templates themselves know nothing of this.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]
# Stores bytes under a name derived from them and returns (bucket, key).
Upload = Callable[[str, bytes], tuple[str, str]]

# An archive with one date always: the same code gives the same bytes, so the same key, so no update.
ZIP_DATE = (2020, 1, 1, 0, 0, 0)


class Unpreparable(RuntimeError):
    """The template uses something that cannot be brought to the emulator without changing its meaning."""


@dataclass
class Prepared:
    """A template ready for the emulator, with what it could not say."""

    template: Template
    dropped: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    children: dict[str, "Prepared"] = field(default_factory=dict)

    def all_dropped(self) -> list[str]:
        """What was left out here and in every nested template."""
        return self.dropped + [line for child in self.children.values() for line in child.all_dropped()]


def known_kinds() -> set[str]:
    """Resource types that the emulator provisions."""
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    return set(_RESOURCE_HANDLERS)


def package(directory: Path) -> bytes:
    """The deployment package of a function: its `bootstrap`, executable, at the top of a zip archive."""
    bootstrap = directory / "bootstrap"
    if not bootstrap.is_file():
        raise Unpreparable(f"{bootstrap} is missing: build and stage the functions first")
    entry = zipfile.ZipInfo("bootstrap", ZIP_DATE)
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compresslevel=1) as out:
        out.writestr(entry, bootstrap.read_bytes())
    return archive.getvalue()


def content_key(name: str, content: bytes) -> str:
    """An object key that changes exactly when the content does."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}-{name}"


def inline_machine(properties: dict[str, Any], directory: Path) -> None:
    """Put a state machine's definition file into the template, as packaging for AWS uploads it."""
    uri = properties.pop("DefinitionUri", None)
    if isinstance(uri, str):
        properties["Definition"] = json.loads((directory / uri).read_text())


def mentions(value: Any, names: set[str]) -> set[str]:
    """Logical ids among `names` that a template fragment refers to."""
    if isinstance(value, dict):
        found: set[str] = set()
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                found |= {inner} & names
            elif key == "Fn::GetAtt":
                found |= {inner.split(".")[0] if isinstance(inner, str) else inner[0]} & names
            elif key == "Fn::Sub":
                text = inner if isinstance(inner, str) else inner[0]
                found |= {name for name in names if f"${{{name}}}" in text or f"${{{name}." in text}
                found |= mentions(inner, names) if not isinstance(inner, str) else set()
            elif key == "DependsOn":
                found |= {inner} & names if isinstance(inner, str) else set(inner) & names
            else:
                found |= mentions(inner, names)
        return found
    if isinstance(value, list):
        return set().union(*(mentions(inner, names) for inner in value)) if value else set()
    return set()


def drop_unknown(template: Template, kinds: set[str]) -> list[str]:
    """Remove resources of kinds the emulator does not know; refuse where something that stays refers to one of them."""
    resources = template["Resources"]
    unknown = {name: body["Type"] for name, body in resources.items() if body["Type"] not in kinds and not body["Type"].startswith("Custom::")}
    for name in unknown:
        del resources[name]
    left = mentions({"Resources": resources, "Outputs": template.get("Outputs", {})}, set(unknown))
    if left:
        raise Unpreparable(f"resources unknown to the emulator are referred to: {sorted(left)}")
    return [f"{name} ({kind})" for name, kind in sorted(unknown.items())]


def table_settings(template: Template) -> dict[str, dict[str, Any]]:
    """Expiry and recovery of each table by logical id: properties that the emulator accepts and ignores."""
    wanted = ("TimeToLiveSpecification", "PointInTimeRecoverySpecification")
    return {
        name: {key: body["Properties"][key] for key in wanted if key in body["Properties"]}
        for name, body in template["Resources"].items()
        if body["Type"] == "AWS::DynamoDB::Table"
    }


def refuse_api_body(template: Template) -> None:
    """The emulator ignores an API's `Body`: routes must be resources, or they would silently not exist."""
    for name, body in template["Resources"].items():
        if body["Type"] == "AWS::ApiGatewayV2::Api" and {"Body", "BodyS3Location"} & set(body.get("Properties", {})):
            raise Unpreparable(f"{name}: declare routes as resources, the emulator ignores an API's Body")


def is_local(uri: Any) -> bool:
    """Whether a template names a path beside it, rather than something already uploaded."""
    return isinstance(uri, str) and not uri.startswith(("s3://", "https://", "http://"))


def prepare(path: Path, upload: Upload, url_of: Callable[[str, str], str], region: str) -> Prepared:
    """Read the template at `path`, and everything it names, and return it ready for the emulator."""
    template = yaml_parse(path.read_text())
    children: dict[str, Prepared] = {}
    for name, body in template["Resources"].items():
        properties = body.get("Properties", {})
        kind = body["Type"]
        if kind == "AWS::Serverless::Function" and is_local(properties.get("CodeUri")):
            directory = path.parent / properties["CodeUri"]
            bucket, key = upload(f"{directory.name}.zip", package(directory))
            properties["CodeUri"] = {"Bucket": bucket, "Key": key}
        elif kind == "AWS::Serverless::StateMachine":
            inline_machine(properties, path.parent)
        elif kind == "AWS::Serverless::Application" and is_local(properties.get("Location")):
            body["Type"] = "AWS::CloudFormation::Stack"
            properties["TemplateURL"] = properties.pop("Location")
        if body["Type"] == "AWS::CloudFormation::Stack" and is_local(properties.get("TemplateURL")):
            nested = path.parent / properties["TemplateURL"]
            children[name] = prepare(nested, upload, url_of, region)
            text = json.dumps(children[name].template, sort_keys=True).encode()
            properties["TemplateURL"] = url_of(*upload(f"{nested.stem}.json", text))
    if "Transform" in template:
        session = boto3.Session(region_name=region)
        template = Translator({}, Parser(), boto_session=session).translate(template, {})
        template.pop("Transform", None)
    refuse_api_body(template)
    dropped = [f"{path.name}: {line}" for line in drop_unknown(template, known_kinds())]
    return Prepared(template, dropped, table_settings(template), children)
