"""Measure what each level of the environment fetches and takes, for `headkb/dev/sizes.py`.

    .venv/bin/python tools/measure_install.py

Downloads the packages of each file in `requirements/` into a folder that is deleted, and adds up the files of those that are installed
where this runs. Of torch only the build that is installed here is counted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from lock import FOLDER, requirements
from packaging.requirements import Requirement

from headkb.dev.environment import LEVELS


def main() -> None:
    """Print megabytes over the network and on disk, a line each."""
    for level, file in {**LEVELS, "torch": "torch.txt"}.items():
        path = FOLDER / file
        disk, missing = on_disk(names(path))
        print(f"{level}: {fetched(path):.0f} MB to download, {disk:.0f} MB on disk", end="")
        print(f" without {', '.join(missing)}, not installed here" if missing else "")


def names(path: Path) -> list[str]:
    """The packages of a file of requirements that are wanted on this system."""
    read = [Requirement(entry.partition("\\")[0].strip()) for entry in requirements(path.read_text(encoding="utf-8"))]
    return [one.name for one in read if one.marker is None or one.marker.evaluate()]


def on_disk(packages: list[str]) -> tuple[float, list[str]]:
    """Megabytes of the installed files of packages, compiled modules included, and the packages that are not installed."""
    size, missing = 0, []
    for name in packages:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            missing.append(name)
            continue
        paths = [Path(str(file.locate())) for file in files]
        size += sum(path.stat().st_size for path in paths if path.is_file())
    return size / 1e6, missing


def fetched(path: Path) -> float:
    """Megabytes of the packages of a file as pip downloads them for this system."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*command, "--requirement", str(path)], check=True)
        return sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6


if __name__ == "__main__":
    main()
