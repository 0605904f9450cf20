"""A form is answered once: all that is wrong with it is told together, and nothing that was answered gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb import Catalog
from headkb.catalog.from_issues.forms import read_forms
from headkb.catalog.from_issues.parts import date_of, entry_of
from headkb.catalog.from_issues.proposal import Proposal, change_of, propose
from headkb.catalog.from_issues.values import AnswerError, claim_source, heads_with_values, record_named
from headkb.catalog.source import parse

ROOT = Path(__file__).parents[1]
FORMS = {form.name: form for form in read_forms(ROOT / ".github" / "ISSUE_TEMPLATE")}
CLAIM = {
    "identifier": "wang-2022-ioi",
    "place": "figure 3",
    "model": "gpt2",
    "heads": "name-mover",
    "counts_from": "0",
    "which": "L9H9 0.80",
    "says": "It attends to the name that is to come.",
    "measure": "Attention to IO",
    "measured": "Mean attention from the last position.\n\nclaims:\n- none",
    "confidence": "high",
}


def answered(catalog: Catalog, form_name: str, /, **answers: str) -> Proposal:
    """What comes of a form with these answers, by the ids of its questions."""
    form = FORMS[form_name]
    body = "\n\n".join(f"### {q.label}\n\n{answers.get(q.id, '_No response_')}" for q in form.questions)
    return propose(catalog, body, form)


@pytest.mark.parametrize(
    ("form", "answers", "says"),
    [
        (
            "new-paper",
            {"identifier": "the IOI paper", "title": "T", "authors": "Doe, Jane", "date": "2022-13-45", "heads": "foo"},
            [
                "“Terms” needs an answer",
                "'the IOI paper' is neither",
                "first name first",
                "'2022-13-45' is no date",
                "role is missing",
            ],
        ),
        (
            "new-head",
            {"name": "Induction head", "identifier": "2401.99999", "stage": "nowhere", "category": "x"},
            ["“Stage” is one of", "heads/induction", "'2401.99999'"],
        ),
        (
            "new-claim",
            {**CLAIM, "counts_from": "2", "model": "gpt9", "which": "L5.5H1"},
            ["counts layers and heads from” is one of", "'gpt9'", "“L5.5H1” is no head"],
        ),
        (
            "new-claim",
            {**CLAIM, "counts_from": "1", "which": "L0H3, foo, L13H1, L1H13"},
            ["“L0H3” cannot be counted", "“foo” is no head", "L13H1 is none of them", "L1H13 is none of them"],
        ),
    ],
)
def test_all_that_is_wrong_is_told_at_once(
    form: str, answers: dict[str, str], says: list[str], real_catalog: Catalog
) -> None:
    """An answer of the wrong form does not hide that another names nothing."""
    comment = answered(real_catalog, form, **answers).comment
    assert [phrase for phrase in says if phrase not in comment] == []


def test_what_was_not_answered_is_complained_of_once(real_catalog: Catalog) -> None:
    """Not once as missing, and once more as wrong."""
    for form in FORMS.values():
        asked = [question.label for question in form.questions if question.required]
        body = "\n\n".join(f"### {question.label}\n\n_No response_" for question in form.questions)
        comment = propose(real_catalog, body, form).comment
        assert comment.count("\n- “") == len(asked), form.name
        assert comment.count("\n- ") == len(asked), form.name


@pytest.mark.parametrize("counts_from", ["2", "1"])
def test_a_head_is_held_against_the_model_only_where_the_count_is_known(
    counts_from: str, real_catalog: Catalog
) -> None:
    """L12H12 is a head of twelve layers of twelve heads where the source counts from 1."""
    comment = answered(real_catalog, "new-claim", **{**CLAIM, "counts_from": counts_from, "which": "L12H12", "model": "gpt2", "heads": "?"}).comment  # fmt: skip
    assert "none of them" not in comment


def test_a_claim_brings_its_measure_into_the_file_of_its_source(real_catalog: Catalog) -> None:
    """A file with claims and no measures gets the one that is defined, with every paragraph of it."""
    ((name, text),) = change_of(real_catalog, "new-claim", CLAIM).files.items()
    record = parse(text)[0]
    assert name == "claims/wang-2022-ioi.yaml"
    assert record["measures"] == {"attention-to-io": {"name": CLAIM["measure"], "definition": CLAIM["measured"]}}
    assert (record["claims"][-1]["measure"], record["claims"][-1]["values"]) == ("attention-to-io", {"L9H9": "0.8"})


@pytest.mark.parametrize("name", ["measures", "claims", "a"])
def test_an_entry_is_cut_out_whole(name: str) -> None:
    """Whatever it is called, and without the keys that come after it."""
    value = {"name": "A: b", "definition": "One.\n\nclaims:\n- two"}
    assert parse(entry_of("claims", "measures", name, value))[0] == value


def test_a_claim_that_is_not_there_is_no_file(real_catalog: Catalog) -> None:
    """A misspelt claim leads to no change of the file that would hold it."""
    with pytest.raises(AnswerError, match="Did you mean 'wang-2022-ioi/gpt2-induction'"):
        record_named(real_catalog, "claims/wang-2022-ioi/gpt2-inductio")
    assert record_named(real_catalog, "claims/wang-2022-ioi") == ("claims", "wang-2022-ioi")


@pytest.mark.parametrize("path", ["../../other/x.py", "a/%2e%2e/x.py", "./x.py"])
def test_a_path_that_climbs_names_no_file(path: str, real_catalog: Catalog) -> None:
    """A browser would follow it out of the commit."""
    with pytest.raises(AnswerError, match="no file at a commit"):
        claim_source(real_catalog, f"https://github.com/a/b/blob/{'0' * 40}/{path}", "line 1")
    source = claim_source(real_catalog, f"https://github.com/a/b/blob/{'0' * 40}/my%20code/x.py#L1", "line 1")
    assert source["path"] == "my code/x.py"


@pytest.mark.parametrize("text", ["2022-13", "2023-02-30", "2022-1-1", "20221101", "2022-W01-1", "1022-01-01"])
def test_a_day_that_no_calendar_has_is_no_date(text: str) -> None:
    """The form says so, with the other answers that are wrong."""
    with pytest.raises(AnswerError):
        date_of(text)
    assert (date_of("2024"), date_of("2024-02"), date_of("2024-02-29")) == ("2024", "2024-02", "2024-02-29")


def test_heads_of_no_model_are_read_as_they_are() -> None:
    """Where the model is not known, nothing is held against it."""
    assert heads_with_values("L99H99", 0) == (["L99H99"], {})


def test_a_report_keeps_what_was_run_and_says_what_becomes_of_the_file(real_catalog: Catalog) -> None:
    """The command stands in the answer; the run's file is left to a person, and that is said."""
    answers = {
        "record": "claims/wang-2022-ioi/gpt2-name-movers", "model": "gpt2", "outcome": "the same", "result": "L9H9 0.8",
        "command": "```text\nheadkb reproduce --seed 7\n```", "versions": "headkb 0.1.0",
    }  # fmt: skip
    without = answered(real_catalog, "report-a-reproduction", **answers).comment
    with_file = answered(real_catalog, "report-a-reproduction", **answers, run="```yaml\nhead: induction\n```").comment
    assert "headkb reproduce --seed 7" in without
    assert "run's file" not in without
    assert "run's file is not added by itself" in with_file


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("new-paper", "no record could be made of this form yet"),
        ("new-head", "no record could be made of this form yet"),
        ("new-claim", "no record could be made of this form yet"),
        ("fix-a-fact", "nothing could be changed by this form yet"),
        ("report-a-reproduction", "this report could not be understood yet"),
        ("request-a-run", "this request could not be understood yet"),
    ],
)
def test_a_refusal_speaks_of_what_the_form_would_make(form: str, says: str, real_catalog: Catalog) -> None:
    """A report and a request never become a record, so none is missed."""
    assert answered(real_catalog, form).comment.startswith(f"**{FORMS[form].title}: {says}.**")
