"""The table of lines beside other libraries is that of the files, and headkb's files run."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
HERE = ROOT / "benchmarks" / "peers"


def load(name: str) -> ModuleType:
    """A module of the folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


peers = load("run")


def test_lines_are_counted_as_the_page_says() -> None:
    """Neither empty lines, nor comments, nor imports, also not those over several lines."""
    text = '"""One."""\n\nimport os\nfrom os import (\n    path,\n    sep,\n)\n\n# a comment\nx = [\n    1,\n]\n'
    assert peers.lines(text) == 4


def test_every_task_is_written_for_every_library() -> None:
    """Nothing is compared with a gap, and no file is left out of the table."""
    files = {path.relative_to(HERE).as_posix() for path in HERE.glob("*/*.py")}
    assert files == {f"{task}/{tool}.py" for task in peers.TASKS for tool in peers.TOOLS}
    assert len(peers.TASKS) == 9


def test_no_task_takes_more_lines_in_headkb() -> None:
    """Otherwise its front door is missing something."""
    for task, of in peers.counts().items():
        assert of["headkb"] <= min(of.values()), task


def test_the_table_in_the_documentation_is_that_of_the_files() -> None:
    """A file that changed changes the page."""
    page = peers.PAGE.read_text(encoding="utf-8")
    assert peers.documented(page) == page
    assert page.count("| nnsight") == 1
    assert peers.documented(page.replace("| 1 | 2 | 3 |", "| 1 | 2 | 4 |")) == page


def test_the_two_ways_of_the_tasks_in_headkb_agree_with_plain_hooks() -> None:
    """Without the other libraries: silencing one head, by a hook on the input of its output projection."""
    torch = pytest.importorskip("torch")
    given = load("given").model_of_the_tasks()
    model, size = given["model"], given["d_head"]

    def silence(module, args):
        z = args[0].clone()
        z[..., 2 * size : 3 * size] = 0
        return (z, *args[1:])

    with torch.no_grad():
        plain = given["metric"](model(given["clean"]).logits)
        hook = model.model.layers[3].self_attn.o_proj.register_forward_pre_hook(silence)
        silenced = given["metric"](model(given["clean"]).logits)
        tokens = model.generate(given["clean"], max_new_tokens=5, do_sample=False)
        hook.remove()
    ours = peers.result("ablate_one_head", "headkb", given)
    assert float(ours) == pytest.approx(float(plain - silenced), abs=peers.TOLERANCE)
    assert float(ours) > 1
    assert torch.equal(peers.result("ablate_while_generating", "headkb", given), tokens)


@pytest.mark.parametrize("task", peers.TASKS)
def test_headkb_does_every_task(task: str) -> None:
    """With finite numbers, where a head can have one."""
    torch = pytest.importorskip("torch")
    if "to_pandas" in (HERE / task / "headkb.py").read_text(encoding="utf-8"):
        pytest.importorskip("pandas")
    found = peers.result(task, "headkb", load("given").model_of_the_tasks())
    assert found.numel() > 0
    assert torch.isfinite(found.double()).any()


@pytest.mark.filterwarnings("ignore::Warning")
def test_all_libraries_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Where they are installed beside headkb."""
    pytest.importorskip("transformer_lens", reason="pip install transformer-lens==4.3.0, in an environment of its own")
    pytest.importorskip("nnsight", reason="pip install nnsight==0.8.1, likewise")
    monkeypatch.setattr(sys, "argv", ["run.py", "--check"])
    assert peers.main() == 0, capsys.readouterr().out
