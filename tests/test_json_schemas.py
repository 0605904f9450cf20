"""The JSON Schemas in the repository: current, and of one mind with the records as editors read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from headkb.catalog.kinds import KINDS, Kind

ROOT = Path(__file__).parent.parent
CORE = {
    "null": r"^(?:~|null|Null|NULL|)$",
    "bool": r"^(?:true|True|TRUE|false|False|FALSE)$",
    "int": r"^[-+]?[0-9]+$",
    "float": r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
}
"""The types that YAML 1.2 reads off unquoted text (its core schema, section 10.3.2): what editors see."""


class CoreLoader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Reads YAML as an editor does: `5.10` is a number, a day is text."""

    yaml_implicit_resolvers: ClassVar[dict[str, object]] = {}


for name, pattern in CORE.items():
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(pattern), None)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_file_in_the_repository_is_the_schema_of_the_code(kind: Kind) -> None:
    """`headkb export schema --out schemas` writes them; editors must not complete from an old one."""
    file = ROOT / "schemas" / f"{kind}.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == KINDS[kind].json_schema()


def test_no_other_file_lies_beside_them() -> None:
    """A kind that is gone leaves no schema."""
    assert {path.name for path in (ROOT / "schemas").iterdir()} == {f"{kind}.schema.json" for kind in KINDS}


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_editor_marks_nothing_in_the_shipped_records(kind: Kind) -> None:
    """What the validator takes, the schema takes, though editors see numbers where headkb sees text."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = sorted((ROOT / "catalog" / kind).glob("*.yaml"))
    files = files[::5] if kind == "runs" else files
    wrong = [
        (path.name, list(error.absolute_path), error.message[:200])
        for path in files
        for error in validator.iter_errors(yaml.load(path.read_text(encoding="utf-8"), CoreLoader))
    ]
    assert files
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("title: A\ndate: 2024", True),  # a number for an editor
        ("title: A\ndate: 2024-09", True),
        ("title: A\ndate: 2024-09-05", True),
        ("title: A\ndate: 99", False),
        ("title: A\ndate: soon", False),
        ("title: A", False),
        ("title: A\ndate: 2024\nheads: [{id: induction, role: applys}]", False),
        ("title: A\ndate: 2024\nnmae: x", False),
    ],
)
def test_the_schema_of_papers_marks_what_the_validator_refuses(text: str, takes: bool) -> None:
    """A year may stand unquoted; a missing key, a wrong word, a misspelt key and a date that is none are marked."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(KINDS["papers"].json_schema())
    assert validator.is_valid(yaml.load(text, CoreLoader)) == takes
