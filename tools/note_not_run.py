"""Write into a model's record which recipes could not be run on it, from what `headkb reproduce --json` said of them.

headkb reproduce --all --model gemma-3-270m-q4-k-m --record --json > lines.jsonl
python tools/note_not_run.py gemma-3-270m-q4-k-m lines.jsonl
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from headkb import load_catalog
from headkb.catalog.house_style import dump
from headkb.catalog.shape import shape_of
from headkb.catalog.writing import write_text

CATALOG = Path(__file__).parent.parent / "catalog"
BLOCK = re.compile(r"^not_run:\n(?:[ -].*\n)*", re.MULTILINE)


@click.command()
@click.argument("model")
@click.argument("lines", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(model: str, lines: Path) -> None:
    """Replace `not_run` of MODEL by the recipes that LINES, a JSON object each, left out."""
    catalog = load_catalog(CATALOG)
    recipes = {f"{head.id}/{recipe.id}" for head in catalog.heads.values() for recipe in head.recipes}
    said = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    reasons = {line["id"]: line["reason"] for line in said if line.get("reason") and line["id"] in recipes}
    path = CATALOG / "models" / f"{catalog.resolve('models', model).id}.yaml"
    write_text(path, with_reasons(path.read_text(encoding="utf-8"), reasons))
    click.echo(f"{len(reasons)} recipes were not run on {model}")


def with_reasons(record: str, reasons: dict[str, str]) -> str:
    """The text of a model's record with these reasons, `head/recipe` → reason, at its end and no others."""
    rest = BLOCK.sub("", record).rstrip("\n") + "\n"
    if not reasons:
        return rest
    entries = [
        {"head": name.split("/")[0], "recipe": name.split("/")[1], "reason": why} for name, why in reasons.items()
    ]
    return rest + dump({"not_run": entries}, shape_of("models"))


if __name__ == "__main__":
    main()
