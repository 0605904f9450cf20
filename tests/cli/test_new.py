"""`headkb new`: papers from arXiv, BibTeX or by hand, questions at a terminal, claims for the file of their source."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.catalog import arxiv
from headkb.catalog.house_read import read_tree
from headkb.catalog.kinds import KINDS
from headkb.catalog.source import parse, read
from headkb.cli import main

FEED = b"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
<id>http://arxiv.org/abs/2404.99990v1</id><published>2024-04-24T17:59:59Z</published><title>Sparkling Jars</title>
<author><name>Ada Moss</name></author></entry></feed>"""
BIB = "@inproceedings{k, title={Jars That Look}, author={Moss, Ada}, booktitle={JarConf}, year={2023}}\n"
PAPER = "moss-2024-sparkling"


def run(catalog: Path, *arguments: str, typed: str | None = None) -> Result:
    """`headkb --catalog … new …`."""
    words = ["--catalog", str(catalog), *arguments]
    return CliRunner().invoke(main, words, input=typed, catch_exceptions=False)


def new(catalog: Path, *arguments: str, typed: str | None = None) -> Result:
    """`headkb new`."""
    return run(catalog, "new", *arguments, typed=typed)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """ArXiv answers, without a network."""
    monkeypatch.setattr(arxiv, "fetched", lambda address: FEED)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """ArXiv cannot be reached."""

    def fail(address: str) -> bytes:
        raise arxiv.ArxivError("arXiv cannot be asked (no route)")

    monkeypatch.setattr(arxiv, "fetched", fail)


@pytest.mark.usefixtures("online")
def test_three_commands_make_a_valid_paper_with_a_claim(toy_copy: Path) -> None:
    """From an arXiv id to records that the validator takes, without an editor and without torch."""
    paper = ("--head", "sparkle:applies", "--set", "summary.innovation=Finds sparkles.", "--set", "summary.tasks=Jars.")
    more = ("--set", "summary.result=All sparkle.", "--set", "models=[jar-small]", "--set", "summary_basis=abstract")
    made = new(toy_copy, "paper", "--arxiv", "https://arxiv.org/abs/2404.99990v1", *paper, *more)
    assert made.exit_code == 0, made.output
    assert f"headkb new claim {PAPER}" in made.output
    assert "left to fill in" not in made.output
    claim = ("--head", "sparkle", "--model", "jar-small", "--heads", "1.0", "--statement", "It sparkles.")
    told = new(toy_copy, "claim", PAPER, *claim, "--locator", "table 2", "--confidence", "high")
    assert told.exit_code == 0, told.output
    checked = run(toy_copy, "validate", str(toy_copy))
    assert checked.exit_code == 0, checked.output
    record = read(toy_copy / "papers" / f"{PAPER}.yaml")
    assert [record[key] for key in ("title", "authors", "date", "arxiv", "kind")] == [
        "Sparkling Jars",
        ["Ada Moss"],
        "2024-04-24",
        "2404.99990",
        "preprint",
    ]
    (only,) = read(toy_copy / "claims" / f"{PAPER}.yaml")["claims"]
    assert (only["id"], only["heads"], only["confidence"]) == ("jar-small-sparkle", ["L1H0"], "high")
    files = [str(toy_copy / kind / f"{PAPER}.yaml") for kind in ("papers", "claims")]
    assert run(toy_copy, "fmt", "--check", *files).exit_code == 0


@pytest.mark.usefixtures("offline")
def test_without_a_network_the_record_is_made_from_what_the_id_tells(toy_copy: Path) -> None:
    """Month and address; one sentence says why and how to go on."""
    made = new(toy_copy, "paper", "moss-2024-jars", "--arxiv", "2404.99990v2")
    assert made.exit_code == 0
    assert "arXiv cannot be asked (no route). " in made.stderr
    assert "--bibtex FILE" in made.stderr
    record = read(toy_copy / "papers" / "moss-2024-jars.yaml")
    assert (record["date"], record["arxiv"]) == ("2024-04", "2404.99990")
    assert record["links"] == [{"label": "Paper", "url": "https://arxiv.org/abs/2404.99990"}]
    assert record["title"].startswith("‹")


@pytest.mark.usefixtures("online")
def test_a_paper_that_is_there_is_not_made_again(toy_copy: Path) -> None:
    """It is known by its arXiv id, whatever the new id would be."""
    new(toy_copy, "paper", "--arxiv", "2404.99990")
    again = new(toy_copy, "paper", "other-2024-id", "--arxiv", "2404.99990v1")
    assert (again.exit_code, f"papers/{PAPER}" in again.stderr) == (2, True)


def test_one_entry_of_bibtex_fills_a_paper(toy_copy: Path, tmp_path: Path) -> None:
    """From a file, or from the input; several entries are another command's business."""
    file = tmp_path / "one.bib"
    file.write_text(BIB)
    assert new(toy_copy, "papers", "--bibtex", str(file)).exit_code == 0
    record = read(toy_copy / "papers" / "moss-2023-jars.yaml")
    assert (record["venue"], record["date"], record["authors"]) == ("JarConf", "2023", ["Ada Moss"])
    assert "moss-2023-jars" in new(toy_copy, "papers", "--bibtex", str(file)).stderr
    piped = new(toy_copy, "paper", "--bibtex", "-", typed=BIB.replace("Jars That Look", "Lids That Look"))
    assert (toy_copy / "papers" / "moss-2023-lids.yaml").is_file(), piped.output
    file.write_text(BIB.replace("Jars", "Cups") + BIB.replace("{k", "{l").replace("Jars", "Pots"))
    assert "import-bibtex" in new(toy_copy, "paper", "--bibtex", str(file)).stderr


@pytest.mark.usefixtures("online")
def test_answers_are_held_against_the_schema_at_once(toy_copy: Path) -> None:
    """A wrong role and an unknown type are told and asked again; Enter leaves open, - leaves out, the end leaves the rest."""
    typed = "sparkel\nsparkle\napplys\napplies\n\nFinds sparkles.\n-\n"
    made = new(toy_copy, "paper", "--arxiv", "2404.99990", "--ask", typed=typed)
    assert made.exit_code == 0, made.output
    assert "Did you mean sparkle" in made.output
    assert "did you mean `applies`?" in made.output
    record = read(toy_copy / "papers" / f"{PAPER}.yaml")
    assert record["heads"] == [{"id": "sparkle", "role": "applies"}]
    assert (record["summary"]["innovation"], "tasks" in record["summary"]) == ("Finds sparkles.", False)
    assert record["summary"]["result"].startswith("‹")
    assert "left to fill in:" in made.output
    assert "The most significant result" in made.output


@pytest.mark.usefixtures("online")
def test_ctrl_c_writes_nothing(toy_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever breaks off wants no file."""

    def interrupted(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert new(toy_copy, "paper", "--arxiv", "2404.99990", "--ask").exit_code == 1
    assert not (toy_copy / "papers" / f"{PAPER}.yaml").exists()


def test_a_claim_is_asked_for_its_heads_and_named_by_the_answers(toy_copy: Path) -> None:
    """One claim at a time, so that no answer is lost; a sign that turns the writing round is asked again, `-` leaves heads out."""
    typed = "sparkle\njar-small\n0.1, L1H0\nIt \u202esparkles.\nIt sparkles.\nsection 1\n"
    made = new(toy_copy, "claim", "moss-2024", "--ask", typed=typed)
    assert made.exit_code == 0, made.output
    assert "turns the direction of writing" in made.output
    (claim,) = read(toy_copy / "claims" / "moss-2024.yaml")["claims"]
    assert list(claim) == ["id", "head", "model", "heads", "statement", "source", "confidence"]
    assert (claim["id"], claim["heads"]) == ("jar-small-sparkle", ["L0H1", "L1H0"])
    assert (claim["statement"], claim["source"]["locator"]) == ("It sparkles.", "section 1")
    assert new(toy_copy, "claim", "moss-2024", "--ask", typed="\njar-small\n-\n").exit_code == 0
    last = read(toy_copy / "claims" / "moss-2024.yaml")["claims"][-1]
    assert ("heads" in last, last["id"], last["head"][:1]) == (False, "jar-small", "‹")


def test_what_another_command_writes_is_told_with_all_that_it_needs(toy_copy: Path) -> None:
    """An atlas needs a folder to write into."""
    assert "headkb atlas M --out DIR --record" in new(toy_copy, "atlas", "x").stderr


def test_a_claim_joins_its_file_and_comments_stay(toy_copy: Path) -> None:
    """The other claims keep their data; a second claim on the same type gets a number."""
    target = sorted((toy_copy / "claims").glob("*.yaml"))[0]
    target.write_text(target.read_text().replace("claims:\n", "# the claims\nclaims:  # in order\n", 1))
    before = read(target)["claims"]
    words = ("--head", "sparkle", "--model", "jar-small", "--statement", "It: sparkles.", "--locator", "s. 1")
    for _ in range(2):
        assert new(toy_copy, "claim", target.stem, *words).exit_code == 0
    text = target.read_text()
    after = parse(text)[0]["claims"]
    assert after[:-2] == before
    assert [claim["id"] for claim in after[-2:]] == ["jar-small-sparkle", "jar-small-sparkle-2"]
    assert "# the claims\nclaims:  # in order\n" in text
    assert read_tree(text)
    twice = new(toy_copy, "claim", target.stem, *words, "--claim", "jar-small-sparkle")
    assert (twice.exit_code, "there is a claim jar-small-sparkle already" in twice.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("claim", "moss-1999-sparkle", "--heads", "layer nine"), "is not a head"),
        (("claim", "moss-1999-sparkle", "--set", "confidence=sure"), "use one of high, medium, low"),
        (("claim", "moss-1999-sparkel"), "Did you mean moss-1999-sparkle"),
        (("claim", "zzz"), "headkb new paper zzz"),
        (("paper", "--bibtex", "-"), "The input holds no entry"),
        (("claim",), "Give the source"),
        (("paper", "--arxiv", "jars"), "no arXiv id"),
        (("paper",), "Give an ID, or what one is made of"),
        (("paper", "x-2024-y", "--set", "date=soon"), "2024-09-05"),
        (("paper", "x-2024-y", "--set", "nokey"), "KEY=VALUE"),
        (("paper", "x-2024-y", "--set", "heads=[{"), "cannot be read"),
        (("paper", "x-2024-y", "--head", "sparkle"), "TYPE:ROLE"),
        (("head", "x", "--arxiv", "2404.99990"), "--arxiv is for papers"),
        (("paper", "x-2024-y", "--statement", "x"), "--statement is for claims"),
        (("head",), "Give an ID"),
        (("head", "Not An Id"), "is not an id"),
        (("head", "index"), "is not an id"),
        (("run", "x"), "not written by hand"),
    ],
)
def test_wrong_use_is_one_sentence_and_no_file(toy_copy: Path, arguments: tuple[str, ...], words: str) -> None:
    """What is wrong, and what to type."""
    before = sorted(toy_copy.rglob("*"))
    result = new(toy_copy, *arguments)
    assert (result.exit_code, words in result.stderr) == (2, True), result.output
    assert sorted(toy_copy.rglob("*")) == before


@pytest.mark.parametrize("kind", [kind for kind, spec in KINDS.items() if not spec.made_by])
def test_singular_and_plural_name_a_kind(toy_copy: Path, kind: str) -> None:
    """And what is left to fill is told line by line."""
    for n, word in enumerate((kind, KINDS[kind].singular)):  # type: ignore[index]
        if kind == "claims":
            new(toy_copy, "papers", f"new-2001-{n}")
        made = new(toy_copy, word, f"new-2001-{n}")
        assert made.exit_code == 0
        assert "left to fill in:\n  line " in made.output
        assert (toy_copy / kind / f"new-2001-{n}.yaml").read_text().startswith("# yaml-language-server: $schema=")


@pytest.mark.parametrize("kind", [kind for kind, spec in KINDS.items() if not spec.made_by])
def test_nothing_is_filled_in_that_nobody_said(toy_copy: Path, kind: str) -> None:
    """Without options a record holds its name, its initials, its id, the day and questions; the validator names these."""
    if kind == "claims":
        new(toy_copy, "papers", "new-2001-x")
    new(toy_copy, kind, "new-2001-x")
    filled = dict(_filled(read(toy_copy / kind / "new-2001-x.yaml")))
    known = {"name", "abbreviation", "paper", "accessed", "label"}
    assert {place.rpartition(".")[2] for place in filled} <= known
    told = run(toy_copy, "validate", str(toy_copy / kind / "new-2001-x.yaml"))
    assert (told.exit_code, "still to be filled" in told.output) == (1, True)


def _filled(value: object, at: str = "") -> list[tuple[str, str]]:
    """(place, value) of everything that is no question."""
    if isinstance(value, dict):
        return [found for key, inside in value.items() for found in _filled(inside, f"{at}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [found for inside in value for found in _filled(inside, at)]
    return [] if str(value).startswith("‹") else [(at, str(value))]


@pytest.mark.usefixtures("offline")
def test_a_question_names_the_choices_and_the_usual_one(toy_copy: Path) -> None:
    """Also where arXiv cannot be reached; folded questions are listed whole."""
    made = new(toy_copy, "paper", "moss-2024-jars", "--arxiv", "2404.99990")
    assert "abstract, full-text, repository, survey or title; usually abstract" in made.output
    assert "public, exact, organism or unreleased; usually public" in new(toy_copy, "model", "cup-small").output


def test_answers_without_a_title_are_not_lost(toy_copy: Path) -> None:
    """The id is made of what is known; a link to arXiv gives the arXiv id, and one to doi.org the DOI."""
    links = "https://arxiv.org/abs/2404.99990v2\nhttps://doi.org/10.1000/jars\n\n"
    made = new(toy_copy, "paper", "--ask", typed=f"\nAda Moss\n2024-05\n{links}")
    assert made.exit_code == 0, made.output
    record = read(toy_copy / "papers" / "moss-2024-paper.yaml")
    assert (record["authors"], record["arxiv"], record["doi"]) == (["Ada Moss"], "2404.99990", "10.1000/jars")
    nothing = new(toy_copy, "paper", "--ask", typed="\n\n")
    assert (nothing.exit_code, "Give an ID" in nothing.stderr) == (2, True)
    only = new(toy_copy, "paper", "--ask", typed="\n\n\n\nsparkle\n")
    assert (toy_copy / "papers" / "anonymous-undated-paper.yaml").is_file(), only.output


def test_a_repository_without_a_paper_has_claims(toy_copy: Path) -> None:
    """The file names the repository and asks why there is no paper."""
    place = "source={repository: moss/jars, commit: 402a697, path: jars.py}"
    made = new(toy_copy, "claim", "moss-jars", "--head", "sparkle", "--model", "jar-small", "--set", place)
    assert made.exit_code == 0, made.output
    record = read(toy_copy / "claims" / "moss-jars.yaml")
    assert (record["repository"], "paper" in record) == ({"name": "moss/jars", "commit": "402a697"}, False)
    assert record["no_paper"].startswith("‹")


@pytest.mark.parametrize(
    ("given", "name"), [("x-head", "X head"), ("induction-heads", "Induction heads"), ("y", "Y head")]
)
def test_the_name_of_a_head_type_says_head_once(toy_copy: Path, given: str, name: str) -> None:
    """It is made of the id."""
    new(toy_copy, "head", given)
    assert read(toy_copy / "heads" / f"{given}.yaml")["name"] == name
