"""The environment of a checkout, `.venv`, in three levels that each hold the one before: `base`, `site` and `all`.

Every package but torch is installed by version and hash from `requirements/`. What a level needs is hashed into a stamp beside it, so that
a second call installs nothing. It is said before anything is fetched what comes, and how large it is.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from headkb.dev.sizes import CPU, CUDA, SIZES, Amount

ROOT = Path(__file__).resolve().parents[2]
_PROJECT = ROOT / "pyproject.toml"
_ASKED = re.search(r'requires-python = ">=(\d+)\.(\d+)"', _PROJECT.read_text("utf-8") if _PROJECT.is_file() else "")
OLDEST = (int(_ASKED[1]), int(_ASKED[2])) if _ASKED else (3, 11)
"""The oldest Python that pyproject.toml admits."""

LEVELS = {"base": "base.txt", "site": "site.txt", "all": "dev.txt"}
"""What an environment is for → its file in `requirements/`: the catalog, the site as well, everything with torch."""
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
"""Where PyTorch publishes its builds for processors alone (https://pytorch.org/get-started/locally/)."""


class Environment:
    """A folder with an environment, and how it is filled."""

    def __init__(self, folder: Path, torch: str = "", *, dry: bool = False) -> None:
        """Name the folder.

        Args:
            folder: Where it lies or will lie.
            torch: Which build of torch: empty for the one that pip chooses, `cpu`, or the address of an index.
            dry: Say the commands instead of running them.
        """
        self.folder, self.torch, self.dry = folder, torch, dry
        windows = os.name == "nt"
        self.python = folder / ("Scripts" if windows else "bin") / ("python.exe" if windows else "python")

    def run(self, *words: str, extra: dict[str, str] | None = None) -> int:
        """Run this environment's Python in the checkout, and give its exit status."""
        # The models of tests are tiny: threads would only wait for one another.
        environment = {"OMP_NUM_THREADS": "1", **os.environ, "NO_MKDOCS_2_WARNING": "1", **(extra or {})}
        say("$ " + " ".join([shown(self.python), *words]))
        if self.dry:
            return 0
        return subprocess.run([str(self.python), *words], cwd=ROOT, env=environment, check=False).returncode

    def ready(self, level: str) -> int:
        """Install what a level needs and what is not there yet; the exit status of the first command that fails, else 0."""
        if self._is("all") or self._is(level):
            return 0
        if not self.python.exists() and not self.dry and (rc := self._make()):
            return rc
        if not self._is("base"):
            announce("base", SIZES["base"])
            if rc := self._locked("base") or self._pip("--no-deps", "--no-build-isolation", "--editable", "."):
                return rc
            self._done("base")
        if level == "base":
            return 0
        announce(level, SIZES[level])
        if rc := self._locked(level) or (self._install_torch() if level == "all" else 0):
            return rc
        self._done(level)
        return 0

    def _make(self) -> int:
        """Make the empty environment; 2 where that cannot be."""
        if importlib.util.find_spec("ensurepip") is None:
            say(
                "This Python has no ensurepip, so it makes no environments; on Debian and Ubuntu: apt install python3-venv"
            )
            return 2
        if self.folder.exists() and any(self.folder.iterdir()) and not self.is_one:
            say(f"{shown(self.folder)} is no environment, and holds files: name another folder, or move them away")
            return 2
        say(f"Making an environment in {shown(self.folder)} with Python {sys.version.split()[0]}")
        venv.create(self.folder, with_pip=True, symlinks=os.name != "nt", clear=self.is_one)
        return 0

    @property
    def is_one(self) -> bool:
        """Whether the folder holds an environment, if perhaps a broken one; no other folder is ever deleted."""
        return (self.folder / "pyvenv.cfg").is_file()

    def _locked(self, level: str) -> int:
        return self._pip("--require-hashes", "--no-deps", "--requirement", f"requirements/{LEVELS[level]}")

    def _pip(self, *words: str, extra: dict[str, str] | None = None) -> int:
        return self.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words, extra=extra)

    def _install_torch(self) -> int:
        words = ["--requirement", "requirements/torch.txt"]
        extra: dict[str, str] = {}
        if self.torch:
            # Beside the ordinary index: a build for processors alone has the higher version, `2.13.0+cpu`.
            words.append("--upgrade")
            extra["PIP_EXTRA_INDEX_URL"] = TORCH_CPU if self.torch == "cpu" else self.torch
        if not self.dry:
            announce_torch(self._coming(words, extra))
        return self._pip(*words, extra=extra)

    def _coming(self, words: list[str], extra: dict[str, str]) -> list[str]:
        """The names of the packages that pip would install; none where it cannot say."""
        command = [str(self.python), "-m", "pip", "install", "--dry-run", "--quiet", "--disable-pip-version-check"]
        command += ["--report", "-", *words]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **extra}, capture_output=True, text=True, check=False
        )
        try:
            return [entry["metadata"]["name"] for entry in json.loads(done.stdout)["install"]]
        except (ValueError, KeyError):
            return []

    def _stamp(self, level: str) -> Path:
        return self.folder / f".headkb-{level}"

    def _is(self, level: str) -> bool:
        """Whether the level was installed from the files as they are now, with the build of torch that is asked for."""
        try:
            digest, _, torch = self._stamp(level).read_text("utf-8").partition(" ")
        except OSError:
            return False
        return digest == digest_of(level) and (level != "all" or self.torch in ("", torch))

    def _done(self, level: str) -> None:
        if not self.dry:
            self._stamp(level).write_text(f"{digest_of(level)} {self.torch if level == 'all' else ''}", "utf-8")


def digest_of(level: str) -> str:
    """A hash of everything that decides what a level installs."""
    names = ["pyproject.toml", f"requirements/{LEVELS[level]}", *(["requirements/torch.txt"] if level == "all" else [])]
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def announce(level: str, size: Amount) -> None:
    """Say what a level fetches."""
    packages = (ROOT / "requirements" / LEVELS[level]).read_text("utf-8").count("==")
    what = {"base": "headkb alone", "site": "what builds the site", "all": "everything but torch"}[level]
    say(f"Installing {what}: {packages} packages, {size}, less where they are there already")


def announce_torch(coming: list[str]) -> None:
    """Say which build of torch pip takes, by what it would install with it, and how to get the other."""
    if "torch" not in coming:
        return
    if any(name.lower().startswith(("nvidia", "cuda")) for name in coming):
        say(f"Installing torch for NVIDIA GPUs, {len(coming)} packages: {CUDA}")
        say(f"  For processors alone it is {CPU}: stop this, and call `{call('setup', 'cpu')}`")
    else:
        say(f"Installing torch: {CPU}")


def call(task: str, torch: str = "") -> str:
    """What to type for a task, as this program was called."""
    if os.environ.get("MAKELEVEL"):
        return f"make {task}" + (f" TORCH={torch}" if torch else "")
    return f"python -m headkb.dev {task}" + (f" --torch {torch}" if torch else "")


def shown(path: Path) -> str:
    """A path as a reader types it in the checkout."""
    return str(path.relative_to(ROOT)) if ROOT in path.parents else str(path)


def say(text: str) -> None:
    """Print at once, before the next command does."""
    print(text, flush=True)
