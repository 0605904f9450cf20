"""The invented catalog at two times, so that each class of difference occurs, for a reason that stands in the edit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.small_records import WITHDRAWN, claim_run, run

TOY = Path(__file__).parent / "data" / "catalog"
HEAD = """\
name: {name} Head
stage: first-stage
category: noticing
placement: {{by: headkb, reason: It notices.}}
definition: {definition}
no_recipe: {{reason: Nobody has said how it is measured., needed: a definition}}
"""
TERM = "name: {name}\ndefinition: {definition}\n"
SMALL_ROW = """\
  - id: small-row
    about: sparkle
    model: jar-small
    statement: The glow of the first layer.
    measure: glow
    values: {L0H1: 0.9}
    source: {paper: moss-1999-sparkle, locator: table 2}
    confidence: high
"""
SECOND = """\
  - id: small-second
    head: twinkle
    model: jar-small
    heads: [L1H3]
    statement: Head L1H3 copies what came next.
    source: {paper: moss-1999-sparkle, locator: section 3}
    confidence: medium
"""
MOSS = "claims/moss-1999-sparkle.yaml"


def two_catalogs(folder: Path) -> tuple[Path, Path]:
    """The catalog before and after, in two folders below `folder`."""
    old, new = folder / "old", folder / "new"
    shutil.copytree(TOY, old)
    _before(old)
    shutil.copytree(old, new)
    _after(new)
    return old, new


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a piece of a file that is there once."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def write(root: Path, file: str, text: str) -> None:
    """Write a file, and its folder where there is none."""
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text(text, encoding="utf-8")


def record_run(root: Path, record: Any) -> None:
    """Write a run into a catalog."""
    data = record.data()
    write(root, f"runs/{data.pop('id')}.yaml", yaml.safe_dump(data, sort_keys=False))


def _before(root: Path) -> None:
    write(root, "heads/glimmer.yaml", HEAD.format(name="Glimmer", definition="Looks back by one, a little."))
    write(root, "heads/blink.yaml", HEAD.format(name="Blink", definition="Looks nowhere for a moment."))
    write(root, "glossary/lid.yaml", TERM.format(name="Lid", definition="What closes a jar."))
    write(root, "glossary/cork.yaml", TERM.format(name="Cork", definition="What closes a bottle."))
    write(root, "benchmarks/tins.yaml", (root / "benchmarks" / "jars.yaml").read_text().replace("Jar", "Tin"))
    edit(root, MOSS, "claims:\n", f"claims:\n{SMALL_ROW}")
    record_run(root, run("jar-small-sparkle-2026-01-01"))
    record_run(root, run("jar-small-twinkle-2026-01-01", head="twinkle"))


def _after(root: Path) -> None:
    # added
    paper = "title: Dust in Jars\nauthors: [Bo Lichen]\ndate: 2002-03\nlinks: [{label: Paper, url: 'https://example.org/dust'}]\n"
    write(
        root, "papers/lichen-2002-dust.yaml", f"{paper}heads: [{{id: sparkle, role: observes}}]\nsummary_basis: title\n"
    )
    edit(root, MOSS, SMALL_ROW, SECOND)
    # renamed: one term under another id, which a text names
    (root / "glossary/jar.yaml").unlink()
    write(
        root,
        "glossary/vessel.yaml",
        "name: Jar\ndefinition: What holds the sparkle; see [[glossary/vessel]].\nreplaces: [jar]\n",
    )
    # replaced: two terms by one, a type by one that was there before, a claim by the table that has its number
    for name in ("lid", "cork"):
        (root / f"glossary/{name}.yaml").unlink()
    write(
        root,
        "glossary/stopper.yaml",
        TERM.format(name="Stopper", definition="What closes.") + "replaces: [lid, cork]\n",
    )
    edit(root, "heads/glimmer.yaml", "stage:", "status: deprecated\nreplaced_by: sparkle\nstage:")
    edit(root, MOSS, "locator: table 2}\n", "locator: table 2}\n    replaces: [small-row]\n")
    # deprecated
    edit(root, "heads/blink.yaml", "stage:", "status: deprecated\nno_replacement: It was never seen again.\nstage:")
    # removed
    (root / "benchmarks/tins.yaml").unlink()
    # meaning changed
    edit(
        root,
        "heads/sparkle.yaml",
        "prompts: random-tokens, parameters: {length: 20, n: 8}, threshold: 0.4",
        "prompts: random-tokens, parameters: {length: 20, n: 8}, threshold: 0.5",
    )
    edit(
        root,
        "heads/sparkle.yaml",
        "Looks at the token before the current one.",
        "Looks at the token just before the current one.",
    )
    edit(root, MOSS, "values: {L0H1: 0.9}", "values: {L0H1: 0.8}")
    edit(root, "claims/moss-1999-sparkle/jar-small.csv", "0,1,0.9", "0,1,0.8")
    # other change
    edit(root, "claims/fern-2001-glitter.yaml", "confidence: low", "confidence: medium")
    edit(root, "models/jar-small.yaml", "family: jar", "family: jar\nlicence: MIT")
    edit(root, "heads/twinkle.yaml", "needed: a definition", "needed: a *definition* <b>@ada</b>")
    # evidence changed
    record_run(root, run("jar-small-sparkle-2026-01-02", heads="L0H1", date="2026-01-02"))
    record_run(root, run("jar-small-twinkle-2026-01-01", head="twinkle", **WITHDRAWN))
    record_run(root, claim_run("jar-small-moss-2026-01-02", asked=0.8, on={"L0H1": 0.79}, date="2026-01-02"))


def git(root: Path, *words: str) -> str:
    """Run git in a folder, without the settings of whoever runs the tests."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(root), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(root: Path, folder: str = "catalog") -> Path:
    """A repository with one commit on `main`, which has the invented catalog in a folder."""
    shutil.copytree(TOY, root / folder)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=one")
    return root
