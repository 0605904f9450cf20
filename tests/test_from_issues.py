"""Forms become records: ten good ones as people wrote them, bad ones with an answer that says what to change, none that does more than that."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import form_to_record
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from headkb import Catalog, load_catalog
from headkb.catalog.fmt import formatted
from headkb.catalog.from_issues.forms import LONGEST_BODY, FormQuestion, IssueForm, read_answers, read_forms
from headkb.catalog.from_issues.proposal import Proposal, in_style, problems_with, propose
from headkb.catalog.from_issues.values import AnswerError, heads_with_values, identifiers
from headkb.catalog.kinds import Kind
from headkb.catalog.source import parse

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data" / "forms"
FORMS = {form.name: form for form in read_forms(ROOT / ".github" / "ISSUE_TEMPLATE")}
GOOD, BAD = (sorted(DATA.glob(f"{word}-*.md"), key=lambda p: p.name) for word in ("good", "bad"))
PAPERS = {
    "good-1": "chen-2026-gradient-sinks",
    "good-2-crlf": "campregher-2025-facts-or-copies",
    "good-3-fences": "cho-2025-abft",
    "good-4-comments": "bazarova-2026-intrygue",
}
"""The record of the catalog that says what a form says."""
HEADS = {
    "good-5": ("lexical-task", "yang-2026-lexical-task", "    note: Heads whose decoded output describes the task.\n"),
    "good-6": ("prior-override", "lietzow-2026-prior-override", ""),
}
CLAIMS = {
    "good-8": "zhang-2024-same-but-different/qwen2-0-5b-instruct-past-tense",
    "good-9-values": "vig-2020-gender-bias/gpt2-medium-gender",
}


@pytest.fixture(scope="module")
def whole(real_catalog: Catalog) -> Mapping[str, Any]:
    """The records of the catalog that forms are held against, as they stand in their files."""
    names = [*(f"papers/{name}" for name in PAPERS.values()), *(f"heads/{head}" for head, _, _ in HEADS.values())]
    names += [
        "claims/gould-2023-successor-heads",
        "papers/wang-2022-ioi",
        *(f"claims/{c.partition('/')[0]}" for c in CLAIMS.values()),
    ]
    return {name: parse((real_catalog.root / f"{name}.yaml").read_text("utf-8"))[0] for name in names}


@pytest.fixture(scope="module")
def emptied(real_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the catalog without what the good forms say."""
    root = tmp_path_factory.mktemp("emptied") / "catalog"
    shutil.copytree(real_catalog.root, root)
    shutil.copytree(
        real_catalog.root.parent / "schemas", root.parent / "schemas"
    )  # the first line of a record names one
    for paper in PAPERS.values():
        (root / "papers" / f"{paper}.yaml").unlink()
    for head, paper, note in HEADS.values():
        (root / "heads" / f"{head}.yaml").unlink()
        entry = f"heads:\n  - id: {head}\n    role: introduces\n{note}"
        without(root / "papers" / f"{paper}.yaml", entry)
    (root / "claims" / "gould-2023-successor-heads.yaml").unlink()
    for claim in CLAIMS.values():
        file, _, name = claim.partition("/")
        path = root / "claims" / f"{file}.yaml"
        blocks = re.split(r"(?=^  - id: )", path.read_text("utf-8"), flags=re.MULTILINE)
        path.write_text("".join(block for block in blocks if not block.startswith(f"  - id: {name}\n")), "utf-8")
    without(root / "papers" / "wang-2022-ioi.yaml", "venue: ICLR 2023\n")
    return root


def without(path: Path, part: str) -> None:
    """Take a part out of a file, which must hold it."""
    text = path.read_text("utf-8")
    assert part in text
    path.write_text(text.replace(part, "", 1), "utf-8")


@pytest.fixture(scope="module")
def catalog(emptied: Path) -> Catalog:
    """That copy; nothing in it is refused, for nothing is broken, some references lead nowhere."""
    return load_catalog(emptied)


def form_of(path: Path) -> IssueForm:
    """The form that made the text in a file."""
    return FORMS[path.name.split(".")[1]]


@pytest.fixture(scope="module")
def proposals(catalog: Catalog) -> dict[str, Proposal]:
    """What comes of each good form, before all of them together are held against the catalog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("headkb.catalog.from_issues.proposal.problems_with", lambda root, files: [])
        return {path.name.split(".")[0]: propose(catalog, path.read_bytes().decode(), form_of(path)) for path in GOOD}


@pytest.fixture(scope="module")
def answered(catalog: Catalog) -> dict[str, Proposal]:
    """What comes of each form that no record is made of."""
    paths = [*BAD, *DATA.glob("told-*.md")]
    return {path.name: propose(catalog, path.read_bytes().decode(), form_of(path)) for path in paths}


def test_there_are_ten_of_each() -> None:
    """As many good forms as bad ones, at least; every form has one that is bad or one that is told."""
    assert (len(GOOD), len(BAD) >= 10) == (10, True)


def test_ten_good_forms_are_ten_records_that_the_validator_takes(emptied: Path, proposals: dict[str, Proposal]) -> None:
    """All of them together, without an error and without a warning."""
    files: dict[str, str] = {}
    for name, proposal in proposals.items():
        assert proposal.files, (name, proposal.comment)
        assert not proposal.files.keys() & files.keys()
        files |= proposal.files
    assert [finding.text() for finding in problems_with(emptied, files)] == []


def test_what_a_form_makes_is_in_canonical_form(emptied: Path, proposals: dict[str, Proposal]) -> None:
    """So that the checks of its pull request pass."""
    for proposal in proposals.values():
        for name, text in proposal.files.items():
            assert formatted(text, cast(Kind, name.partition("/")[0]), emptied) == text, name


def test_a_file_in_another_form_keeps_it(emptied: Path) -> None:
    """A mend of it is not the place to change every line."""
    before = "title:   A\ndate: 2022\n"
    assert in_style(emptied, "papers/a.yaml", before, f"{before}venue:   B\n") == f"{before}venue:   B\n"


def only(proposal: Proposal) -> dict[str, Any]:
    """The data of the one new file."""
    (text,) = proposal.files.values()
    return parse(text)[0]


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_says_what_its_record_says(name: str, proposals: dict[str, Proposal], whole: Mapping[str, Any]) -> None:
    """Key by key what a person wrote into the catalog, but for when it was checked."""
    wanted = dict(whole[f"papers/{PAPERS[name]}"])
    del wanted["curation"]
    assert only(proposals[name]) == wanted
    (path,) = proposals[name].files
    surname, year = PAPERS[name].split("-")[:2]
    assert path.startswith(f"papers/{surname}-{year}-")


@pytest.mark.parametrize("name", HEADS)
def test_a_head_type_stands_in_the_paper_that_introduces_it(
    name: str, proposals: dict[str, Proposal], whole: Mapping[str, Any], emptied: Path
) -> None:
    """Its record has the facts; the paper's gets one entry, and not a character of it is changed otherwise."""
    head, paper, _ = HEADS[name]
    files = proposals[name].files
    assert list(files) == [f"heads/{head}.yaml", f"papers/{paper}.yaml"]
    record, wanted = parse(files[f"heads/{head}.yaml"])[0], whole[f"heads/{head}"]
    same = ("name", "stage", "category", "definition")
    assert {key: record[key] for key in same} == {key: wanted[key] for key in same}
    assert record["sources"] == [{"paper": paper, "locator": "abstract"}]
    before, after = (
        (emptied / "papers" / f"{paper}.yaml").read_text("utf-8").splitlines(),
        files[f"papers/{paper}.yaml"].splitlines(),
    )
    added = [line for line in after if line not in before]
    assert [line for line in after if line not in added] == before
    assert parse(files[f"papers/{paper}.yaml"])[0]["heads"] == [{"id": head, "role": "introduces"}]


def test_the_first_claim_of_a_source_begins_its_file(proposals: dict[str, Proposal], whole: Mapping[str, Any]) -> None:
    """With the paper behind it."""
    wanted = whole["claims/gould-2023-successor-heads"]
    record = only(proposals["good-7-first-of-its-source"])
    del wanted["claims"][0]["source"]["note"]
    assert record == wanted


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_joins_those_of_its_source(
    name: str, proposals: dict[str, Proposal], whole: Mapping[str, Any], emptied: Path
) -> None:
    """As the last of them; the lines of the file stay as they were, and a measure that the file defines is used."""
    file, _, claim_id = CLAIMS[name].partition("/")
    ((path, text),) = proposals[name].files.items()
    assert path == f"claims/{file}.yaml"
    before, after = (emptied / path).read_text("utf-8").splitlines(), text.splitlines()
    assert {
        line[0] for line in difflib.unified_diff(before, after, lineterm="", n=0) if line[:3] not in ("---", "+++")
    } == {"@", "+"}
    wanted = next(claim for claim in whole[f"claims/{file}"]["claims"] if claim["id"] == claim_id)
    made = parse(text)[0]["claims"][-1]
    for claim in (wanted, made):
        claim.pop("note", "")
        claim["source"].pop("note", "")
    assert made == wanted


def test_a_mend_changes_one_value(proposals: dict[str, Proposal], whole: Mapping[str, Any]) -> None:
    """The record is again what it was before its venue was taken out."""
    assert only(proposals["good-10"]) == whole["papers/wang-2022-ioi"]


SAYS = {
    "bad-1-unanswered": ["“Title” needs an answer", "“Date” needs an answer"],
    "bad-2-known": ["papers/wang-2022-ioi", "Fix a fact"],
    "bad-3-words": ["first name first", "'February 2026' is no date", "Did you mean 'gather'", "'uses' is no role"],
    "bad-4-too-long": ["60 are allowed", "The validator refuses"],
    "bad-5-category": ["no category of latent-reasoning", "task-specific-reasoning"],
    "bad-6-outside": ["L12H3", "12 layers of 12 heads"],
    "bad-7-no-measure": ["'high' is no number"],
    "bad-8-no-paper": ["'2401.99999'", "form New paper", "'gpt-2 small'"],
    "bad-9-no-record": ["Did you mean 'induction'"],
    "bad-10-hostile": ["names no record", "heads/induction"],
    "bad-11-heading": ["“Source” stands in this issue more than once", "told apart. Change it where"],
    "bad-12-request": ["papers/wang-2022-ioi is nothing that can be run", "'gpt2; rm -rf /'"],
}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_a_bad_form_is_told_what_to_change(path: Path, answered: dict[str, Proposal]) -> None:
    """In a comment, with everything that is wrong at once; no file is made."""
    proposal = answered[path.name]
    assert proposal.files == {}
    assert "Edit the text of this issue" in proposal.comment
    for phrase in SAYS[path.name.split(".")[0]]:
        assert phrase in proposal.comment


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("told-1.report-a-reproduction", ["headkb reproduce wang-2022-ioi/gpt2-name-movers --model gpt2 --record"]),
        ("told-2.request-a-run", ["headkb reproduce --all --model allenai/OLMo-2-0425-1B --record", "one GPU"]),
        ("told-3.fix-a-fact", ["`heads/induction`", "a person makes the change"]),
    ],
)
def test_where_no_record_is_made_the_answer_says_what_follows(
    name: str, phrases: list[str], answered: dict[str, Proposal]
) -> None:
    """What was understood, and the command or the person that goes on."""
    proposal = answered[f"{name}.md"]
    assert proposal.files == {}
    assert [phrase for phrase in phrases if phrase not in proposal.comment] == []


@pytest.mark.parametrize("path", [*BAD, *DATA.glob("told-*.md")], ids=lambda path: path.name)
def test_an_answer_calls_nobody_and_links_nowhere(path: Path, answered: dict[str, Proposal]) -> None:
    """By the reading of Markdown: no image, no link, no HTML, and no name after a bare @."""
    from markdown_it import MarkdownIt

    comment = answered[path.name].comment
    tokens = [
        inner for token in MarkdownIt().enable("table").parse(comment) for inner in (token, *(token.children or []))
    ]
    assert {token.type for token in tokens} & {"image", "link_open", "html_inline", "html_block"} == set()
    assert re.search(r"@\w", "".join(token.content for token in tokens if token.type == "text")) is None


ASKED = IssueForm(
    "f", "F", "form:f", (FormQuestion("a", "First", "textarea", True), FormQuestion("b", "Second", "input", False))
)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("### First\n\nx\n\n### Second\n\n_No response_", {"a": "x"}),
        ("### First\r\n\r\nx\r\ny\r\n\r\n### Second\r\n\r\nz\r\n", {"a": "x\ny", "b": "z"}),
        ("### First\n\n```sh\n### Second\n```\n\n### Second\n\nz", {"a": "### Second", "b": "z"}),
        ("### First\n\nx\n~~~\n### Second\n~~~\n\n### Second\n\nz", {"a": "x\n~~~\n### Second\n~~~", "b": "z"}),
        ("### First\n\n``` never ends\n\n### Second\n\nz", {"a": "``` never ends", "b": "z"}),
        ("### First\n\n# x\n#### Second\n\n### Second\n\nz", {"a": "# x\n#### Second", "b": "z"}),
        ("### First\n\n<!-- help\n### Second\n-->x<!-- y -->\n\n### Second\n\nz", {"a": "x", "b": "z"}),
        ("### First\n\nx", {"a": "x"}),
    ],
)
def test_answers_are_read_whatever_stands_in_them(body: str, values: dict[str, str]) -> None:
    """Line ends of either kind, fences, headings and comments inside an answer, and questions that were left out."""
    answers = read_answers(body, ASKED)
    assert (answers.values, answers.problems) == (values, [])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "None of the form's headings"),
        ("Please add my paper.", "None of the form's headings"),
        ("### Second\n\nz", "“First” is missing"),
        ("### Second\n\nz\n\n### First\n\nx", "not in the form's order"),
        ("### First\n\nx\n\n### Second\n\ny\n\n### Second\n\nz", "“Second” stands in this issue more than once"),
        ("### First\n\n<!-- only this -->\n\n### Second\n\nz", "“First” needs an answer"),
        ("### First\n\nx\u202e\n\n### Second\n\nz", "U+202E"),
        ("### First\n\nx\x00\n\n### Second\n\nz", "U+0000"),
        ("### First\n\nx\n\n### Second\n\ny\nz", "on one line"),
        ("### First\n\n" + "x" * 7000, "7,000 characters"),
        ("x" * (LONGEST_BODY + 1), "65,536"),
    ],
)
def test_what_cannot_be_read_is_said(body: str, says: str) -> None:
    """In one sentence that names the question, and nothing is taken from it."""
    assert any(says in problem for problem in read_answers(body, ASKED).problems)


@given(st.text(max_size=300), st.text(alphabet="#`~<>!- x\n\r", max_size=200), st.sampled_from(sorted(FORMS)))
@settings(max_examples=60, deadline=None)
def test_no_text_makes_it_fail(toy_catalog: Catalog, one: str, two: str, name: str) -> None:
    """Whatever is answered, there is a comment, and no file outside the records."""
    form = FORMS[name]
    fillers = [one, two]
    body = "\n\n".join(
        f"### {q.label}\n\n{q.options[0] if q.options else fillers[n % 2]}" for n, q in enumerate(form.questions)
    )
    proposal = propose(toy_catalog, body, form)
    assert 0 < len(proposal.comment) < LONGEST_BODY
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9-]+\.yaml", path) for path in proposal.files)


@pytest.mark.parametrize(
    ("text", "counts_from", "heads", "values"),
    [
        ("L9H6, L9H9", 0, ["L9H6", "L9H9"], {}),
        ("10.7 -0.5\n11.10: .25", 0, ["L10H7", "L11H10"], {"L10H7": -0.5, "L11H10": 0.25}),
        ("L1H1; layer 2 head 3 = 1e-3", 1, ["L0H0", "L1H2"], {"L1H2": 0.001}),
    ],
)
def test_heads_are_read_as_people_write_them(
    text: str, counts_from: int, heads: list[str], values: dict[str, float]
) -> None:
    """With values or without, counted from 0 afterwards."""
    assert heads_with_values(text, counts_from) == (heads, values)


@pytest.mark.parametrize("text", ["L0H3", "banana", "L1H1 many", "L1H1 50%", "L1H1\nL1H1"])
def test_what_is_no_head_is_refused(text: str) -> None:
    """A head that cannot be counted from 1, words, values with a unit, a head twice."""
    with pytest.raises(AnswerError):
        heads_with_values(text, 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2211.00593", {"arxiv": "2211.00593"}),
        ("arXiv:2211.00593v4", {"arxiv": "2211.00593"}),
        ("https://arxiv.org/pdf/2211.00593v4.pdf", {"arxiv": "2211.00593"}),
        ("arxiv.org/abs/hep-th/9901001v2", {"arxiv": "hep-th/9901001"}),
        ("2211.593", {}),
        ("10.48550/arXiv.2211.00593", {"arxiv": "2211.00593"}),
        ("https://doi.org/10.48550/arXiv.2211.00593", {"arxiv": "2211.00593"}),
        ("https://doi.org/10.18653/v1/2023.acl-long.1", {"doi": "10.18653/v1/2023.acl-long.1"}),
        ("https://openreview.net/forum?id=NpsVSN6o4ul", {"url": "https://openreview.net/forum?id=NpsVSN6o4ul"}),
        ("the IOI paper", {}),
    ],
)
def test_papers_are_named_in_every_way(text: str, wanted: dict[str, str]) -> None:
    """By arXiv id, DOI or address; anything else is none of them."""
    assert identifiers(text) == wanted


def mend(field: str, value: str) -> str:
    """The text of an issue that mends one field of a head type."""
    answers = {
        "Record": "heads/sparkle",
        "What is wrong or missing": "x",
        "Source": "y",
        "Field": field,
        "New value": value,
    }
    return "\n\n".join(f"### {label}\n\n{answer}" for label, answer in answers.items())


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("definitoin", "Looks back.", "did you mean `definition`"),
        ("depth.from", "2", " depth.from: "),
        ("recipes", "none", "recipes holds more than one value"),
        ("recipes.7.score", "induction", "there is no recipes.7.score"),
        ("writes", "The token found there.", "says this already"),
        ("reads", "<script>alert(1)</script>", "unsafe-text"),
        ("stage", "nowhere", "dangling-reference"),
    ],
)
def test_a_mend_that_does_not_hold_is_not_made(toy_catalog: Catalog, field: str, value: str, says: str) -> None:
    """A key that is none, a value that the schema or a rule refuses, a place with more than one value: the answer says which."""
    proposal = propose(toy_catalog, mend(field, value), FORMS["fix-a-fact"])
    assert proposal.files == {}
    assert says in proposal.comment


def test_the_tool_writes_record_and_answer(toy_copy: Path, tmp_path: Path) -> None:
    """By the label of the issue; a bad form ends with 0 as well, and leaves the catalog as it was."""
    body, comment, title = tmp_path / "body.md", tmp_path / "comment.md", tmp_path / "title.txt"
    body.write_text(mend("writes", "Nothing at all."))
    call = [
        str(body),
        "--labels",
        "good first issue,form:fix-a-fact",
        "--catalog",
        str(toy_copy),
        "--comment",
        str(comment),
        "--title",
        str(title),
    ]
    done = CliRunner().invoke(form_to_record.main, call)
    assert done.exit_code == 0, done.output
    assert parse((toy_copy / "heads" / "sparkle.yaml").read_text("utf-8"))[0]["writes"] == "Nothing at all."
    assert title.read_text("utf-8") == "heads/sparkle\n"
    assert "+writes: Nothing at all." in comment.read_text("utf-8")
    before = {path: path.read_bytes() for path in toy_copy.rglob("*") if path.is_file()}
    body.write_bytes(b"### Record\n\n\xff")
    assert CliRunner().invoke(form_to_record.main, call).exit_code == 0
    assert "not UTF-8" in comment.read_text("utf-8")
    assert before == {path: path.read_bytes() for path in toy_copy.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "name", ["../x.yaml", "heads/../x.yaml", "heads/x.yml", ".github/x.yaml", "heads/a/b.yaml", "/etc/x.yaml"]
)
def test_nothing_is_written_but_records(name: str, tmp_path: Path) -> None:
    """Not even if a form got that far."""
    with pytest.raises(ValueError, match="no file of a record"):
        form_to_record.inside(tmp_path, name)


def test_a_form_that_is_not_named_is_wrong_use(toy_copy: Path, tmp_path: Path) -> None:
    """The message lists the forms."""
    (tmp_path / "body.md").write_text("x")
    call = [
        str(tmp_path / "body.md"),
        "--labels",
        "bug",
        "--catalog",
        str(toy_copy),
        "--comment",
        str(tmp_path / "c.md"),
    ]
    done = CliRunner().invoke(form_to_record.main, call)
    assert done.exit_code == 2
    assert "new-head, new-paper" in done.output
