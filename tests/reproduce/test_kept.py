"""What a stopped command has kept: whole lines alone, and only for what would come out the same."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from headkb import Catalog
from headkb.catalog.load import load
from headkb.models import LoadedModel, load_model
from headkb.reproduce import Kept, Plan, kept, kept_file, plans_of_head


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    """A hand-set model."""
    return load_model("exact-previous-token")


@pytest.fixture
def plan(toy_catalog: Catalog) -> Plan:
    """The recipe of the invented catalog."""
    return plans_of_head(toy_catalog, toy_catalog.heads["sparkle"])[0]


def test_a_torn_last_line_is_ignored_and_the_next_result_starts_a_line_of_its_own(tmp_path: Path) -> None:
    """A process that is killed while it writes loses the result at hand, and no other."""
    path = tmp_path / "a" / "results.jsonl"
    first = Kept(path)
    first.add("one", {"value": 0.1})
    first.add("two", {"value": float("inf")})
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    second = Kept(path)
    assert second.get("two") is None
    second.add("two", {"value": 0.3})
    third = Kept(path)
    assert [getattr(third.get(key), "result", None) for key in ("one", "two", "none")] == [
        {"value": 0.1},
        {"value": 0.3},
        None,
    ]
    assert len(third) == 2
    third.clear()
    assert (path.exists(), len(Kept(path))) == (False, 0)


def test_lines_that_are_no_results_are_ignored(tmp_path: Path) -> None:
    """Whatever else stands in the file."""
    path = tmp_path / "results.jsonl"
    line = json.dumps({"key": "one", "finished": "2026-11-30 01:00 UTC", "result": {"value": 1}})
    path.write_bytes(b'\xff\xfe\n[]\n3\n{"key": "x"}\n' + line.encode() + b"\n")
    assert Kept(path).get("one") == ({"value": 1}, "2026-11-30 01:00 UTC")


def test_everything_that_decides_a_result_is_in_its_key(
    toy_catalog: Catalog, plan: Plan, loaded: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recipe, weights, dtype, batch size, plug-ins, files that parameters name, versions, threads, code, of which model it is a copy; nothing else changes it."""
    plugin, words = tmp_path / "mine.py", tmp_path / "words.txt"
    plugin.write_text("1")
    words.write_text("a")
    here = Kept(tmp_path / "none", [plugin])
    passport = loaded.passport

    def key(a_plan: Plan = plan, model: LoadedModel = loaded, results: Kept = here) -> str:
        return results.key_of_plan(toy_catalog, a_plan, model)

    named = dataclasses.replace(plan, parameters={**plan.parameters, "file": str(words)})
    keys = [
        key(),
        key(dataclasses.replace(plan, threshold=0.5)),
        key(dataclasses.replace(plan, parameters={**plan.parameters, "seed": 1})),
        key(named),
        key(model=dataclasses.replace(loaded, passport=dataclasses.replace(passport, weights_sha256="0" * 64))),
        key(model=dataclasses.replace(loaded, passport=dataclasses.replace(passport, dtype="bfloat16"))),
        key(model=dataclasses.replace(loaded, batch_tokens=7)),
        key(results=Kept(tmp_path / "none")),
    ]
    plugin.write_text("2")
    words.write_text("b")
    keys += [key(results=Kept(tmp_path / "none", [plugin])), key(named)]
    for name, value in (
        ("versions", {"torch": "0"}),
        ("hardware", "a slide rule"),
        ("code_sha256", "0"),
        ("copied_model", "jar-large"),
    ):
        with monkeypatch.context() as other:
            other.setattr(kept, name, lambda *_, value=value: value)
            keys.append(key())
    assert len(set(keys)) == len(keys)
    assert key() == keys[0]


def test_a_claim_and_its_table_are_in_the_key(toy_copy: Path, loaded: LoadedModel, tmp_path: Path) -> None:
    """A number of the source that changed is another question, and so is the sign in which it is read."""
    (table,) = (toy_copy / "claims" / "moss-1999-sparkle").glob("*.csv")
    catalog, _ = load(toy_copy)
    claim = next(s for s in catalog.statements.values() if s.claim.table)
    plan = Plan("sparkle", "table", "previous-token", "random-tokens", claim=claim.id)
    before = Kept(tmp_path / "none").key_of_plan(catalog, plan, loaded)
    assert before == Kept(tmp_path / "none").key_of_plan(catalog, plan, loaded)
    table.write_text(table.read_text() + "\n")
    after = Kept(tmp_path / "none").key_of_plan(catalog, plan, loaded)
    assert after != before
    path = toy_copy / "claims" / f"{claim.file.id}.yaml"
    path.write_text(
        path.read_text().replace(f"  {claim.claim.measure}:\n", f"  {claim.claim.measure}:\n    factor: -1.0\n")
    )
    other, _ = load(toy_copy)
    assert other.statements[claim.id].file.measures[str(claim.claim.measure)].factor == -1.0
    assert Kept(tmp_path / "none").key_of_plan(other, plan, loaded) != after


def test_a_folder_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """There is then nothing to go on with, and it counts as nothing."""
    (tmp_path / "file").write_text("")
    told: list[str] = []
    results = Kept(tmp_path / "file" / "results.jsonl", on_trouble=told.append)
    results.add("one", {})
    assert (len(results), len(told)) == (0, 1)
    assert "results.jsonl cannot be written" in told[0]


def test_each_command_has_a_file_of_its_own_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same words find it again; another model, however it is written, is another file."""
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path))
    one, same, other = (
        kept_file("recipes", name, {"model": name, "ids": ()})
        for name in ("jar/one:a.gguf", "jar/one:a.gguf", "jar/one:b.gguf")
    )
    assert one == same != other
    assert one.parent == tmp_path / "reproduce"
    assert one.name.startswith("recipes-jar-one-a.gguf-")
