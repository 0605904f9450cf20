"""The oldest packages that pyproject.toml admits, as constraints."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import lowest
import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads(lowest.PROJECT.read_text(encoding="utf-8"))
TOY = {
    "project": {
        "dependencies": ["click>=8.1", "PyYAML>=6.0.2,<7"],
        "optional-dependencies": {
            "run": ["torch>=2.6 ; python_version < '4'", "tool[cli]==1.2"],
            "all": ["headkb[run]"],
            "odd": ["loose", "x<2"],
        },
    }
}


def test_constraints_are_the_lower_bounds() -> None:
    """Of the package, and of extras that are asked for, those of an extra in an extra included."""
    assert lowest.lowest(TOY, []) == ["click==8.1", "PyYAML==6.0.2"]
    assert lowest.lowest(TOY, ["all"]) == ["click==8.1", "PyYAML==6.0.2", "tool==1.2", "torch==2.6"]


def test_what_has_no_lower_bound_is_an_error() -> None:
    """Nobody can say what its oldest version is."""
    with pytest.raises(ValueError, match="'loose' has no lower bound"):
        lowest.lowest(TOY, ["odd"])
    with pytest.raises(ValueError, match="there is no extra 'none'; there are run"):
        lowest.lowest(TOY, ["none"])


def test_every_dependency_admits_its_own_oldest_version() -> None:
    """Of this package, with every extra."""
    extras = list(PROJECT["project"]["optional-dependencies"])
    lines = {Requirement(line).name: Requirement(line) for line in lowest.lowest(PROJECT, extras)}
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    needs = [Requirement(word) for group in groups for word in group if not word.startswith("headkb[")]
    assert len(needs) >= 15
    for need in needs:
        if need.name not in lowest.UNBOUND:
            (version,) = lines[need.name].specifier
            assert need.specifier.contains(version.version, prereleases=True), need


def test_it_runs_before_anything_is_installed() -> None:
    """`-I -S` hides all packages."""
    command = [sys.executable, "-I", "-S", str(lowest.__file__), "reproduce"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert any(line.startswith("torch==") for line in done.stdout.splitlines())
    assert subprocess.run([*command, "nothing"], capture_output=True, check=False).returncode == 2
