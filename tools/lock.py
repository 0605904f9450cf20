"""Write the versions and hashes of everything that headkb is built and tested with into `requirements/`, from pyproject.toml.

    python tools/lock.py              versions stay as they are where they can
    python tools/lock.py --upgrade    the newest versions that pyproject.toml admits

Needs `uv`. `base.txt` is the package alone and what builds it, `site.txt` that and what builds the site, `dev.txt` everything. torch and the
libraries that only some of its builds bring are left out: each machine has its own build.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
COMPILE = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate", "--no-header"]
OF_TORCH = re.compile(r"(torch|triton|nvidia-|cuda-|setuptools)")
HEAD = "# Written by `make lock` from pyproject.toml: versions and hashes of every package, for all systems.\n"


def main() -> None:
    """Write the three files; versions of the smaller ones are those of `dev.txt`."""
    versions = [] if "--upgrade" in sys.argv else [*FOLDER.glob("[bds]*.txt")]
    build = ("--group", "build")
    for name, extras in (("dev", ("--extra", "dev")), ("site", (*build, "--extra", "site")), ("base", build)):
        path = FOLDER / f"{name}.txt"
        known = [*versions, FOLDER / "torch.txt"] if name == "dev" else [FOLDER / "dev.txt"]
        constraints = [word for file in known for word in ("--constraint", str(file))]
        done = subprocess.run(
            [*COMPILE, "--python-version", "3.11", *constraints, *extras, "pyproject.toml"],
            check=True,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        path.write_text(HEAD + without_torch(done.stdout), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(requirements(path.read_text(encoding='utf-8')))} packages")


def requirements(text: str) -> list[str]:
    """The entries of a file of requirements, hashes included, one text each."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return re.findall(r"^\S.*(?:\n +.*)*", "\n".join(lines), re.MULTILINE)


def without_torch(text: str) -> str:
    """The same file without torch and what only torch brings."""
    return "".join(f"{entry}\n" for entry in requirements(text) if not OF_TORCH.match(entry))


if __name__ == "__main__":
    main()
