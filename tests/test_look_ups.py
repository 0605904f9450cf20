"""Look-ups in what was prepared: the answers are those of the catalog, and every change of a file is seen at once."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.catalog import Catalog, CatalogError
from headkb.catalog.dossier import head_dossier
from headkb.catalog.fingerprint import fingerprint
from headkb.catalog.kept import load_kept
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.load import load
from headkb.catalog.look_ups import LookUps
from headkb.catalog.plain_data import claim_record, plain_record, plain_records
from headkb.catalog.prepared import MOST_FILES, Prepared
from headkb.catalog.search import search_with_note
from headkb.cli import main
from headkb.errors import UnknownNameError
from headkb.head_index import HeadIndex

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "look-ups"


def ask(root: Path) -> LookUps:
    """Questions to a catalog; told problems are not of interest."""
    return LookUps(root, lambda _: None)


def read_only(root: Path) -> LookUps:
    """The same where reading the catalog is a mistake."""

    class Closed(LookUps):
        @property
        def catalog(self) -> Catalog:  # type: ignore[override]
            raise AssertionError("the catalog was read")

    return Closed(root, lambda _: None)


def headkb(root: Path, *arguments: str) -> Result:
    """The command on a catalog."""
    return CliRunner().invoke(main, ["--catalog", str(root), *arguments], catch_exceptions=False)


def prepare(root: Path) -> None:
    """Ask everything once, as a command that ends does."""
    for kind in KINDS:
        some = ask(root)
        some.records(kind)
        some.ids(kind)
        some.prepare()
    some = ask(root)
    some.search("x", 3)
    for model in some.catalog.models:
        some.whois(model, HeadIndex(0, 0), lambda d, m, r: f"{d.head} {m.name}{r}", lambda c: c.refusals("claims"))
    some.prepare()


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_those_of_the_catalog_to_the_byte(kind: Kind, toy_copy: Path) -> None:
    """Lists and every single record, by id and by every other name, without a file of the catalog being parsed."""
    prepare(toy_copy)
    catalog, quick = load(toy_copy)[0], read_only(toy_copy)
    assert json.dumps(quick.records(kind)) == json.dumps(plain_records(catalog, kind))
    for record in catalog.of(kind).values():
        for name in {record.id, *record.names(), record.title_text().upper()}:
            known = catalog.resolve(kind, name)
            data, disputes = quick.record(kind, name)
            assert json.dumps(data) == json.dumps(plain_record(catalog, known))
            told = catalog.disputes.of_type.get(known.id, ()) if kind == "heads" else ()
            assert disputes == [dispute.text() for dispute in told]
    assert quick.ids(kind)[: len(catalog.of(kind))] == [
        (i, r.title_text()) for i, r in sorted(catalog.of(kind).items())
    ]


def test_single_claims_and_heads_and_searches_are_those_of_the_catalog(toy_copy: Path) -> None:
    """The same for what is no record of its own."""
    prepare(toy_copy)
    catalog, quick = load(toy_copy)[0], read_only(toy_copy)
    for name, statement in catalog.statements.items():
        assert json.dumps(quick.record("claims", name)[0]) == json.dumps(claim_record(catalog, statement))
    asked = 0
    for model in catalog.models.values():
        for head in (HeadIndex(n, h) for n in range(model.n_layers) for h in range(model.n_heads)):
            known = quick.whois(model.id, head, lambda *_: "", lambda _: "")
            assert known is not None
            assert json.dumps(known[0]) == json.dumps(head_dossier(catalog, model.id, head).data())
            assert known[1] == f"{head} {model.name}"
            asked += 1
    assert asked >= 8
    for query in (
        "twinkle",
        "twinkel",
        "sparkle glass",
        "small L1H1",
        "jar-small L99H0",
        "glow",
        "moss 1999",
        "zzzz",
        " ",
    ):
        note, hits = search_with_note(catalog, query)
        assert (note, list(map(asdict, hits))) == ((found := quick.search(query, 10))[0], list(map(asdict, found[1])))


@pytest.mark.slow
def test_the_shipped_catalog_is_answered_alike(real_catalog: Catalog) -> None:
    """Every record of every kind, the heads of one model, and what people search."""
    root = real_catalog.root
    for kind in KINDS:
        first = ask(root)
        first.records(kind)
        first.search("x", 1)
        first.whois("gpt2", HeadIndex(0, 0), lambda *_: "", lambda _: "")
        first.prepare()
        quick = read_only(root)
        assert json.dumps(quick.records(kind)) == json.dumps(plain_records(real_catalog, kind))
        for record in real_catalog.of(kind).values():
            assert json.dumps(quick.record(kind, record.id)[0]) == json.dumps(plain_record(real_catalog, record))
    for head in (HeadIndex(9, 9), HeadIndex(0, 0), HeadIndex(11, 11)):
        known = quick.whois("GPT-2 small", head, lambda *_: "", lambda _: "")
        assert known is not None
        assert json.dumps(known[0]) == json.dumps(head_dossier(real_catalog, "gpt2", head).data())
    for query in (
        "name mover",
        "inductoin",
        "wang 2022",
        "copies names",
        "2211.00593",
        "L9H9 gpt2",
        "attention to the first token",
    ):
        note, hits = search_with_note(real_catalog, query)
        assert (note, list(map(asdict, hits))) == ((found := quick.search(query, 10))[0], list(map(asdict, found[1])))


LOOK_UPS = [
    *([("list", kind, "--json") for kind in KINDS]),
    *([("list", kind) for kind in KINDS]),
    ("show", "heads", "Sparkle Head"),
    ("show", "heads", "sparkel"),
    ("show", "claims", "moss-1999-sparkle/small-sparkle", "--json"),
    ("show", "claims", "moss-1999-sparkle/nothing"),
    ("whois", "jar-small", "0.1"),
    ("whois", "jar-small", "L0H1", "--json"),
    ("whois", "jar-small", "L9H1"),
    ("whois", "jar-smal", "L0H1"),
    ("search", "twinkel", "--limit", "2"),
    ("search", "twinkle", "--json"),
]


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("arguments", LOOK_UPS, ids=" ".join)
def test_the_second_answer_is_the_first_to_the_byte(arguments: tuple[str, ...], broken: bool, toy_copy: Path) -> None:
    """On a sound catalog and on one with refused files, whose warning is repeated; the second is given of what the first kept."""
    if broken:
        (toy_copy / "heads" / "bad.yaml").write_text("name: [\n")
        (toy_copy / "claims" / "fern-2001-glitter.yaml").write_text("nmae: x\n")
    first, second = headkb(toy_copy, *arguments), headkb(toy_copy, *arguments)
    assert (second.exit_code, second.stdout, second.stderr) == (first.exit_code, first.stdout, first.stderr)
    assert ("2 catalog file(s) are left out" in second.stderr) is broken


def test_every_change_of_a_file_is_seen_at_once(toy_copy: Path) -> None:
    """An edit, one that keeps size and times, a new file, one that is gone, one without permission, one that became a link."""

    def names() -> list[str]:
        return [record["name"] for record in json.loads(headkb(toy_copy, "list", "glossary", "--json").stdout)]

    prepare(toy_copy)
    before = names()
    target = toy_copy / "glossary" / "new.yaml"
    target.write_text("name: Wick\ndefinition: What burns.\n")
    assert sorted(names()) == sorted([*before, "Wick"])
    seen = target.stat()
    target.write_text("name: Wock\ndefinition: What burns.\n")
    os.utime(target, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert (target.stat().st_size, target.stat().st_mtime_ns) == (seen.st_size, seen.st_mtime_ns)
    assert sorted(names()) == sorted([*before, "Wock"])
    moved = target.rename(toy_copy / "glossary" / "other.yaml")
    assert "other" in headkb(toy_copy, "list", "glossary").stdout
    kept = moved.read_text()
    moved.unlink()
    assert names() == before
    (toy_copy / "beside.yaml").write_text(kept)
    assert "1 catalog file(s) are left out, first beside.yaml" in headkb(toy_copy, "list", "glossary").stderr
    (toy_copy / "beside.yaml").rename(toy_copy.parent / "beside.yaml")
    assert headkb(toy_copy, "list", "glossary").stderr == ""
    target.symlink_to(toy_copy.parent / "beside.yaml")
    assert "records may not be links" in headkb(toy_copy, "list", "glossary").stderr
    target.unlink()
    assert headkb(toy_copy, "list", "glossary").stderr == ""


def test_an_edited_table_beside_a_claim_is_seen(toy_copy: Path) -> None:
    """`whois` prints its numbers."""
    (table,) = (toy_copy / "claims" / "moss-1999-sparkle").glob("*.csv")
    assert "Glow 0.9 " in headkb(toy_copy, "whois", "jar-small", "L0H1").stdout
    assert "Glow 0.9 " in headkb(toy_copy, "whois", "jar-small", "L0H1").stdout
    text = table.read_text()
    assert "0,1,0.9" in text
    table.write_text(text.replace("0,1,0.9", "0,1,0.8"))
    assert "Glow 0.8 " in headkb(toy_copy, "whois", "jar-small", "L0H1").stdout


def test_a_file_of_no_kind_of_interest_changes_nothing(toy_copy: Path) -> None:
    """What reading does not look at is not read for the fingerprint: version control beside the records costs nothing."""
    before = fingerprint(toy_copy)
    (toy_copy / ".git").mkdir()
    (toy_copy / ".git" / "heads").write_text("x")
    (toy_copy / "README.md").write_text("x")
    with_names = fingerprint(toy_copy)
    (toy_copy / "README.md").write_text("y")
    (toy_copy / ".git" / "heads").write_text("y")
    assert with_names == fingerprint(toy_copy) != before


def test_a_link_to_itself_holds_nobody_up(toy_copy: Path) -> None:
    """Beside the kinds and in place of one; it is not followed."""
    before = fingerprint(toy_copy)
    (toy_copy / "loop").symlink_to(toy_copy / "loop")
    beside = fingerprint(toy_copy)
    shutil.rmtree(toy_copy / "tools", ignore_errors=True)
    (toy_copy / "tools").symlink_to(toy_copy / "tools")
    assert len({before, beside, fingerprint(toy_copy)}) == 3
    assert "records may not be links" in headkb(toy_copy, "list", "heads").stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_the_folder_holds_nobody_up(toy_copy: Path) -> None:
    """It is not opened, and it makes a difference."""
    before = fingerprint(toy_copy)
    os.mkfifo(toy_copy / "glossary" / "pipe.yaml")
    assert fingerprint(toy_copy) != before


def test_an_edit_while_the_catalog_is_read_is_not_kept_under_the_old_state(toy_copy: Path) -> None:
    """What was read before and after cannot be told apart, so nothing is kept."""
    some = ask(toy_copy)
    some.records("glossary")
    (toy_copy / "glossary" / "new.yaml").write_text("name: Wick\ndefinition: What burns.\n")
    some.prepare()
    (toy_copy / "glossary" / "new.yaml").unlink()
    assert Prepared(toy_copy).get("records-glossary") is None


def damaged(content: bytes) -> list[bytes]:
    """Half of it, one letter of it changed, another one's first line, no bytes, and code in its place."""
    first, _, rest = content.partition(b"\n")
    other = first[:10] + bytes([first[10] ^ 1]) + first[11:] + b"\n" + rest
    return [
        content[: len(content) // 2],
        content[:-9] + b"X" + content[-8:],
        other,
        b"",
        b"\x80\x04cos\nsystem\n(X\x04",
        rest,
    ]


def test_what_is_damaged_counts_as_nothing_and_is_made_anew(toy_copy: Path, own_cache: Path) -> None:
    """Each file of the cache, damaged in each way."""
    answer = headkb(toy_copy, "list", "heads", "--json").stdout
    files = sorted(own_cache.iterdir())
    assert len(files) == 2
    for file in files:
        sound = file.read_bytes()
        for content in damaged(sound):
            file.write_bytes(content)
            for other in set(files) - {file}:
                other.unlink(missing_ok=True)
            result = headkb(toy_copy, "list", "heads", "--json")
            assert (result.exit_code, result.stdout, result.stderr) == (0, answer, "")
    assert Prepared(toy_copy).get("records-heads") is not None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners here")
def test_what_another_user_wrote_is_not_read(toy_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that several people share cannot be made to lie to the others."""
    prepare(toy_copy)
    prepared = Prepared(toy_copy)
    assert prepared.get("records-heads") is not None
    someone = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: someone)
    assert prepared.get("records-heads") is None


def test_a_cache_that_cannot_be_written_is_done_without(toy_copy: Path, tmp_path: Path, monkeypatch) -> None:
    """A file in place of the folder, a folder that is not ours to make, a user without a home."""
    answer = headkb(toy_copy, "list", "heads").stdout
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", Path("/proc/nothing/here")):
        monkeypatch.setenv("HEADKB_CACHE", str(place))
        result = headkb(toy_copy, "list", "heads")
        assert (result.exit_code, result.stdout, result.stderr) == (0, answer, "")
    monkeypatch.delenv("HEADKB_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def nowhere(*_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert headkb(toy_copy, "list", "heads").stdout == answer


def test_commands_at_once_agree(toy_copy: Path) -> None:
    """Four processes write and read the same parts."""
    command = [sys.executable, "-m", "headkb", "--catalog", str(toy_copy), "list", "heads", "--json"]

    def run(_: int) -> tuple[int, str, str]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(run, range(8)))
    assert answers == {(0, headkb(toy_copy, "list", "heads", "--json").stdout, "")}


def test_old_parts_make_room(toy_copy: Path, own_cache: Path) -> None:
    """The folder does not grow without end."""
    own_cache.mkdir(parents=True)
    for number in range(MOST_FILES + 20):
        file = own_cache / f"old-{number}"
        file.write_text("x")
        os.utime(file, (number, number))
    headkb(toy_copy, "list", "heads")
    left = {file.name for file in own_cache.iterdir()}
    assert len(left) == MOST_FILES
    assert "old-0" not in left
    assert f"old-{MOST_FILES + 19}" in left


def test_a_catalog_read_with_what_was_kept_is_the_same(toy_copy: Path) -> None:
    """Records, refused files and problems; one kind's schema is not asked for another kind's records."""
    (toy_copy / "heads" / "bad.yaml").write_text("name: [\n")
    whole, problems = load(toy_copy)
    load_kept(Prepared(toy_copy))
    kept, told = load_kept(Prepared(toy_copy))
    assert told == problems != []
    assert {k: dict(v) for k, v in kept.refused.items()} == {k: dict(v) for k, v in whole.refused.items()}
    for kind in KINDS:
        assert dict(kept.of(kind)) == dict(whole.of(kind))
        assert list(kept.of(kind)) == list(whole.of(kind))
    with pytest.raises(CatalogError, match=r"heads/bad\.yaml was refused"):
        kept.resolve("heads", "bad")
    with pytest.raises(UnknownNameError):
        kept.resolve("models", "bad")


def test_a_look_up_loads_no_schema_and_no_yaml(toy_copy: Path) -> None:
    """Once prepared; that is what makes it quick."""
    code = (
        "import sys; from headkb.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "sys.exit(bool({'pydantic', 'yaml', 'torch'} & sys.modules.keys()))"
    )
    for arguments in (
        ("list", "heads"),
        ("show", "heads", "sparkle"),
        ("whois", "jar-small", "L0H1"),
        ("search", "glow"),
    ):
        command = [sys.executable, "-c", code, "--catalog", str(toy_copy), *arguments]
        first, second = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
        assert second.returncode == 0, second.stderr
        assert second.stdout == first.stdout


def test_name_fields_are_those_of_the_schemas() -> None:
    """Said in the table of kinds, so that no schema is loaded for it."""
    for spec in KINDS.values():
        fields = spec.schema.model_fields
        assert spec.name_field == ("name" if "name" in fields else "title" if "title" in fields else None)


def test_parts_are_no_code_and_nobody_elses_to_write(toy_copy: Path, own_cache: Path) -> None:
    """Lines of JSON behind a line of hashes, in files that only their owner may write."""
    prepare(toy_copy)
    for file in own_cache.iterdir():
        first, about, *rows = file.read_bytes().splitlines()
        assert first.split()[0] == b"headkb"
        json.loads(about)
        assert all(json.loads(row.partition(b"\t")[2]) is not None for row in rows)
        if os.name == "posix":
            assert not file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def test_the_code_is_part_of_the_state(toy_copy: Path, tmp_path: Path) -> None:
    """A copy of headkb with one module changed has other fingerprints."""
    shutil.copytree(
        ROOT / "headkb" / "catalog", tmp_path / "headkb" / "catalog", ignore=shutil.ignore_patterns("__pycache__")
    )
    for file in (ROOT / "headkb").glob("*.py"):
        shutil.copy(file, tmp_path / "headkb")

    def of_copy() -> str:
        code = f"from headkb.catalog.fingerprint import fingerprint; from pathlib import Path; print(fingerprint(Path({str(toy_copy)!r})))"
        return subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    before = of_copy()
    with (tmp_path / "headkb" / "catalog" / "export.py").open("a") as file:
        file.write("# changed\n")
    assert of_copy() != before
