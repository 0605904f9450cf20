"""The package as its users get it: a wheel, in an environment that has nothing else."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECK = """
import sys
import headkb
at_import = sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "numpy", "transformers", "jinja2", "click"})
catalog = headkb.load_catalog()
print(len(catalog.heads), catalog.resolve("heads", "S Inhibition Head").id, "torch" in sys.modules, at_import)
"""


@pytest.mark.slow
def test_the_wheel_carries_the_catalog_and_needs_no_torch(tmp_path: Path) -> None:
    """Built, installed without extras, and used far from the checkout; catalog and code stay small, trained weights come on top."""

    def run(*command: object, cwd: Path = ROOT) -> str:
        return subprocess.run([str(c) for c in command], cwd=cwd, check=True, capture_output=True, text=True).stdout

    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        tmp_path,
        ROOT,
    )
    (wheel,) = tmp_path.glob("headkb-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        packed = {name.filename: name.compress_size for name in opened.infolist()}
    # What code reads beside its modules: the prompts' lists, and the list of published arrays.
    data = {str(path.relative_to(ROOT)) for path in (ROOT / "headkb").rglob("*.yaml") if "_catalog" not in path.parts}
    assert len(data) >= 7
    assert data <= packed.keys()
    # Each record names the schema of its kind by a path beside the catalog.
    assert {f"headkb/schemas/{path.name}" for path in (ROOT / "schemas").iterdir()} <= packed.keys()
    weights = sum(size for name, size in packed.items() if name.startswith("headkb/models/organisms/"))
    assert 0 < weights < 12_000_000
    assert sum(packed.values()) - weights < 5_000_000
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / "bin" / "python"
    install = (python, "-m", "pip", "install", "--quiet", "--no-deps")
    run(*install, "--require-hashes", "--requirement", ROOT / "requirements" / "base.txt")
    run(*install, wheel)
    assert "No broken requirements" in run(python, "-m", "pip", "check")
    heads, found, torch, at_import = run(python, "-c", CHECK, cwd=tmp_path).split(maxsplit=3)
    assert int(heads) >= 85
    assert found == "s-inhibition"
    assert torch == "False"
    assert at_import.strip() == "[]"  # what is slow to import waits until it is used
    shown = run(tmp_path / "clean" / "bin" / "headkb", "whois", "gpt2", "L9H9", cwd=tmp_path)
    assert "name-mover" in shown
    assert "files in canonical form" in run(tmp_path / "clean" / "bin" / "headkb", "fmt", "--check", cwd=tmp_path)
    missing = subprocess.run(
        [tmp_path / "clean" / "bin" / "headkb", "score", "induction", "--model", "gpt2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 2
    assert "pip install 'headkb[reproduce]'" in " ".join(missing.stderr.split())
