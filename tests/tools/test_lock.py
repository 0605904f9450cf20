"""What is installed is what pyproject.toml asks for, each package with its hashes; workflows name each action by its commit."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import lock
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"


def locked(name: str) -> dict[str, Requirement]:
    """Name → requirement of a file in `requirements/`."""
    entries = lock.requirements((FOLDER / name).read_text(encoding="utf-8"))
    read = [Requirement(re.split(r" (?=\\|--hash)", entry)[0].strip()) for entry in entries]
    return {canonicalize_name(one.name): one for one in read}


def asked() -> dict[str, list[Requirement]]:
    """File of `requirements/` → what pyproject.toml asks of it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    base = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    dev = [
        word for name in ("reproduce", "site", "test", "dev") for word in extras[name] if not word.startswith("headkb[")
    ]
    words = {"base.txt": base, "site.txt": [*base, *extras["site"]], "dev.txt": dev}
    return {name: [Requirement(word) for word in each] for name, each in words.items()}


@pytest.mark.parametrize("name", ["base.txt", "site.txt", "dev.txt"])
def test_every_package_has_a_version_and_hashes(name: str) -> None:
    """Pip refuses others in the mode that the Makefile asks for, and torch is in none of the files."""
    entries = lock.requirements((FOLDER / name).read_text(encoding="utf-8"))
    assert len(entries) >= 20
    assert [entry for entry in entries if not re.search(r"^\S+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert [entry for entry in entries if lock.OF_TORCH.match(entry)] == []


@pytest.mark.parametrize("name", ["base.txt", "site.txt", "dev.txt"])
def test_what_the_package_asks_for_is_there(name: str) -> None:
    """Each dependency of pyproject.toml, in a version that it admits."""
    there = {**locked(name), **locked("torch.txt")}
    for needed in asked()[name]:
        (version,) = there[canonicalize_name(needed.name)].specifier
        assert needed.specifier.contains(version.version, prereleases=True), needed


@pytest.mark.parametrize(("name", "least"), [("base.txt", 15), ("site.txt", 25)])
def test_the_files_agree(name: str, least: int) -> None:
    """A package of a smaller environment has the version of the whole one."""
    some, dev = locked(name), locked("dev.txt")
    both = some.keys() & dev.keys()
    assert len(both) >= least
    assert {name for name in both if some[name].specifier != dev[name].specifier} == set()


def test_leaving_torch_out() -> None:
    """Torch and what it alone brings go with their hashes, the rest stays as it is."""
    text = "a==1 \\\n    --hash=sha256:1\ntorch==2 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\nb==2 \\\n    --hash=sha256:4\n"
    assert lock.without_torch(text) == "a==1 \\\n    --hash=sha256:1\nb==2 \\\n    --hash=sha256:4\n"


def test_workflows_name_actions_by_commit() -> None:
    """A tag can be moved to other code, a commit cannot."""
    used = [
        (path.name, line.split("uses:")[1].strip())
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(used) >= 6
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v[0-9.]+", one[1])] == []
