"""Larger catalogs for the benchmarks: the shipped one and numbered copies of it, in which claims, runs and tables grow, too."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.load import load
from headkb.catalog.references import references
from headkb.catalog.schema import Record

FIXED: tuple[Kind, ...] = ("scores", "stages")
"""Kinds that name code or the survey's stages: they are not copied, so what belongs to each of their records grows."""
OWN = ("arxiv", "doi", "openreview", "acl", "replaces")
"""What only one record may have."""
LINK = re.compile(r"\[\[([a-z]+)/([a-z0-9-]+)")
FILES = ("claims", "models", "atlases")
"""Folders that hold files beside the records: tables, training curves, atlases."""


def grow(source: Path, target: Path, records: int, findings: int = 0) -> int:
    """Write `source` and as many whole copies of it as come nearest to `records` files; returns how many YAML files there are.

    References between copied records lead to the same copy, and every file beside a record is copied with it.

    Args:
        source: A catalog without errors.
        target: A folder that does not exist.
        records: About how many records are wanted; never fewer than `source` has.
        findings: How many references to methods that do not exist are added, one a paper.
    """
    shutil.copytree(source, target)
    catalog, _ = load(source)
    count = sum(1 for _ in catalog.records())
    copied = count - sum(len(catalog.of(kind)) for kind in FIXED)
    plain = {
        (kind, record.id): yaml.load((source / kind / f"{record.id}.yaml").read_text("utf-8"), yaml.CBaseLoader)
        for kind, record in catalog.records()
        if kind not in FIXED
    }
    copies = max(0, round((records - count) / copied))
    for number in range(1, copies + 1):
        ending = f"-c{number}"
        for (kind, stem), data in plain.items():
            _write(
                target / kind / f"{stem[: 80 - len(ending)].rstrip('-')}{ending}.yaml",
                _copy(catalog, kind, catalog.of(kind)[stem], data, ending),
            )
        for folder in FILES:
            for path in (p for p in (source / folder).rglob("*") if p.is_file() and p.suffix != ".yaml"):
                _copy_file(path, target / folder / _moved(path.relative_to(source / folder), ending))
    for path in sorted((target / "papers").glob("*.yaml"))[:findings]:
        data = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)
        _write(path, {**data, "methods": [*data.get("methods", []), f"mean-ablaton-{path.stem[:20].strip('-')}"]})
    return count + copies * copied


def _copy(catalog: Catalog, kind: Kind, record: Record, data: dict[str, Any], ending: str) -> dict[str, Any]:
    """The data of one copied record."""
    made: dict[str, Any] = _texts(catalog, {key: value for key, value in data.items() if key not in OWN}, ending)
    for reference in references(record):
        field = reference.field
        if reference.kind in FIXED or reference.kind not in KINDS or field[0] in OWN or "[[" in str(_at(made, field)):
            continue
        file, slash, claim = reference.id.partition("/")
        _at(made, field[:-1])[field[-1]] = str(_at(data, field)).replace(reference.id, f"{file}{ending}{slash}{claim}")
    for key in ("name", "title"):
        if key in made and kind != "runs":
            made[key] = f"{made[key]} copy {ending[2:]}"
    for alias in made.get("aliases", []):
        alias["name"] += f" copy {ending[2:]}"
    for erratum in made.get("errata", []):
        if erratum["in"] in catalog.papers:
            erratum["in"] += ending
    for claim in made.get("claims", []) if kind == "claims" else []:
        if "table" in claim:
            claim["table"]["file"] = _moved(Path(claim["table"]["file"]), ending).as_posix()
    if "training_curve" in made:
        made["training_curve"] = _moved(Path(made["training_curve"]), ending).as_posix()
    if "hub_id" in made:
        made["hub_id"] += ending
    return made


def _texts(catalog: Catalog, value: Any, ending: str) -> Any:
    """A copy in which `[[kind/id]]` leads to the copied record."""
    if isinstance(value, dict):
        return {key: _texts(catalog, inner, ending) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(catalog, inner, ending) for inner in value]
    return LINK.sub(lambda m: m[0] if m[1] in FIXED or m[1] not in KINDS else m[0] + ending, value)


def _at(data: Any, field: tuple[Any, ...]) -> Any:
    for key in field:
        data = data[key]
    return data


def _moved(path: Path, ending: str) -> Path:
    """Where the copy of a file beside a record lies: its folder, or else its stem, gets the ending."""
    if path.parent.name:
        return Path(f"{path.parts[0]}{ending}", *path.parts[1:])
    stem, dot, rest = path.name.partition(".")
    return Path(f"{stem}{ending}{dot}{rest}")


def _copy_file(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=1000), "utf-8")
