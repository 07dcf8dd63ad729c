"""The JSON Schema of the file: sound, explained field by field, and the one that is printed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from support.places import ROOT
from support.program import Program, Result

SCHEMA_FILE = ROOT / "schemas" / "santral.schema.json"
SCHEMA = json.loads(SCHEMA_FILE.read_bytes())
FIELDS = {
    "version", "defaults", "santrals",
    "description", "key", "labels", "allow_insecure_url", "crm_integration",
    "ringing", "answered", "hangup", "notification_url",
}  # fmt: skip


class EditorLoader(yaml.SafeLoader):
    """Loads YAML as an editor's language server does, by YAML 1.2: on and off are texts."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":int", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield each JSON object in a schema, at whatever level."""
    yield from [node] if isinstance(node, dict) else ()
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        yield from objects(part)


def properties(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each field that the schema knows, by name, wherever it is defined."""
    for value in node.values() if isinstance(node, dict) else ():
        yield from properties(value)
    if isinstance(node, dict) and "properties" in node:
        yield from node["properties"].items()


def errors(content: str) -> list[str]:
    """Return the places, in the file, of what an editor would underline."""
    document = yaml.load(content, Loader=EditorLoader)  # noqa: S506 - a SafeLoader
    found = Draft202012Validator(SCHEMA).iter_errors(document)
    return sorted(error.json_path for error in found)


def test_the_schema_is_a_sound_one() -> None:
    """It is valid JSON Schema 2020-12, and says so."""
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", ["santral", "plan", "history", "doctor"])
def test_a_schema_has_a_name_for_good_and_needs_no_other(program: Program, name: str) -> None:
    """An editor or a catalogue may know it by that URL, from which nothing has to be fetched."""
    printed = json.loads(program.run("schema", name).whole_stdout)
    known = Resource[Any].from_contents(printed) @ Registry[Any]()
    resolver = known.resolver(printed["$id"])
    references = {node["$ref"] for node in objects(printed) if "$ref" in node}

    assert printed["$id"] == f"https://w3id.org/santral-reconciler/{name}.schema.json"
    assert {type(resolver.lookup(reference).contents) for reference in references} == {dict}


def test_the_schema_knows_the_fields_of_the_format() -> None:
    """Each field of the file, and no other."""
    assert {name for name, _ in properties(SCHEMA)} == FIELDS


@pytest.mark.parametrize(
    ("name", "field"), [pytest.param(*found, id=found[0]) for found in properties(SCHEMA)]
)
def test_an_editor_can_explain_each_field(name: str, field: dict[str, Any]) -> None:
    """It has a sentence of description of its own or by what it refers to, and good examples."""
    target = SCHEMA["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else {}
    described = target | field

    assert described["description"].endswith("."), name
    validator = Draft202012Validator(SCHEMA).evolve(schema=field)
    assert [e.message for x in described["examples"] for e in validator.iter_errors(x)] == []


def test_every_object_of_the_schema_is_closed() -> None:
    """A misspelt field is underlined, at whatever level it stands."""
    misspelt = """\
version: 1
defualts: {}
defaults: {crm: {}, crm_integration: {ring: on}}
santrals:
  ankara: {crm_integration: {ring: on}, keys: a}
"""

    assert errors(misspelt) == [
        "$",
        "$.defaults",
        "$.defaults.crm_integration",
        "$.santrals.ankara",
        "$.santrals.ankara.crm_integration",
    ]


def test_the_example_file_is_valid_in_an_editor() -> None:
    """The editor that the example's first line sets up underlines nothing in it."""
    assert errors((ROOT / "santral.yaml.example").read_text(encoding="utf-8")) == []


INTEGRATION = "version: 1\nsantrals:\n  a:\n    crm_integration:\n      {line}\n"


@pytest.mark.parametrize(
    "line",
    [
        "ringing: on",
        "ringing: 'off'",
        "notification_url: https://{name}.example.com/?a=b",
        "notification_url: https://crm.example.com/{labels.city}?token={secret.crm_token}",
        "notification_url: http://192.0.2.1/",
    ],
)
def test_an_editor_takes_what_the_program_may_take(line: str) -> None:
    """On and off are no booleans to it, and allow_insecure_url may stand elsewhere."""
    assert errors(INTEGRATION.format(line=line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "ringing: ON",
        "ringing: yes",
        "ringing: 1",
        "ringing:",
        "notification_url: ftp://a.b/",
        "notification_url: https://a b/",
        "notification_url:",
    ],
)
def test_an_editor_underlines_what_the_program_refuses(line: str) -> None:
    """Only what no schema can state is left to the program."""
    field = line.partition(":")[0]

    assert set(errors(INTEGRATION.format(line=line))) == {f"$.santrals.a.crm_integration.{field}"}


@pytest.mark.parametrize("name", ["İstanbul", "Ankara", "a_b", "-a", "a" * 64, '"a\\n"', '""'])
def test_an_editor_underlines_a_bad_name(name: str) -> None:
    """The names of santrals are held to the same rule as the names of keys."""
    assert errors(f"version: 1\nsantrals: {{? {name} : {{crm_integration: {{}}}}}}\n") == [
        "$.santrals"
    ]
    assert errors(f"version: 1\nsantrals: {{a: {{key: {name}, crm_integration: {{}}}}}}\n") == [
        "$.santrals.a.key"
    ]


@pytest.mark.parametrize("labels", ["{Ab: c}", "{a_b: c}", "{a: Ü}", "{a: -x}", "{a: }", "{a: {}}"])
def test_an_editor_underlines_a_bad_label(labels: str) -> None:
    """Names of labels are like those of santrals; values may have dots and underscores too."""
    content = f"version: 1\nsantrals: {{a: {{labels: {labels}, crm_integration: {{}}}}}}\n"

    assert [one.startswith("$.santrals.a.labels") for one in errors(content)] == [True]
    assert errors(content.replace(labels, "{a-1: v2.1_b}")) == []


def test_the_command_prints_the_file_byte_for_byte(program: Program) -> None:
    """What ``santral schema`` prints can be saved and used in place of the file."""
    printed = Result(0, SCHEMA_FILE.read_bytes().decode(), "")

    assert program.run("schema") == printed
    assert program.run("schema", "santral") == printed
