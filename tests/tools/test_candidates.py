"""Candidate papers: read from a feed that may be hostile, scored by words with reasons, and never one that is known or was declined."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from pathlib import Path

import candidates
import pytest
from candidates import Candidate, FeedError, head_names, queries, read_feed, report, score, wanted
from click.testing import CliRunner

from headkb import Catalog

FEED = Path(__file__).parents[1] / "data" / "candidates.xml"


@pytest.fixture(scope="module")
def papers() -> list[Candidate]:
    """What the stored answer holds."""
    return read_feed(FEED.read_bytes())


def test_a_feed_is_read(papers: list[Candidate]) -> None:
    """Ids without version, titles on one line, authors in order, the day."""
    assert [paper.arxiv for paper in papers] == ["2211.00593", "9912.00001", "1706.03762", "1905.10650", "1512.03385"]
    assert (
        papers[0].title == "Interpretability in the Wild: a Circuit for Indirect Object Identification in GPT-2 small"
    )
    assert papers[3].authors == ("Paul Michel", "Omer Levy", "Graham Neubig")
    assert papers[4].date == "2015-12-10"


@pytest.mark.parametrize(
    "raw",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>',
        b'<?xml version="1.0"?>\n<!doctype html><html></html>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><feed/>'.encode("utf-16"),
        b"<html></html>",
        b"not found",
        b"",
        b"x" * (candidates.MOST_BYTES + 1),
    ],
    ids=["entity", "html", "utf-16", "other", "text", "empty", "large"],
)
def test_what_is_no_feed_is_refused(raw: bytes) -> None:
    """A document type above all, from which a short text could become a long one."""
    with pytest.raises(FeedError):
        read_feed(raw)


def test_known_papers_are_left_out(papers: list[Candidate], real_catalog: Catalog) -> None:
    """By arXiv id, and by title under another id; what says nothing of heads is below the bar."""
    found = [one.candidate.arxiv for one in wanted(papers, real_catalog)]
    assert not {"2211.00593", "9912.00001", "1512.03385"} & set(found)


def test_declined_papers_do_not_come_back(papers: list[Candidate], toy_catalog: Catalog) -> None:
    """Nor do those from before the days that are asked for."""
    every = {one.candidate.arxiv for one in wanted(papers, toy_catalog)}
    assert {"2211.00593", "1905.10650"} <= every
    assert {one.candidate.arxiv for one in wanted(papers, toy_catalog, ["1905.10650"])} == every - {"1905.10650"}
    assert {one.candidate.arxiv for one in wanted(papers, toy_catalog, since="2020-01-01")} == {
        "2211.00593",
        "9912.00001",
    }


def paper(title: str, abstract: str = "", arxiv: str = "2601.00001") -> Candidate:
    """A paper of one author."""
    return Candidate(arxiv, title, abstract, ("A Author",), "2026-01-01")


def test_a_score_is_the_sum_of_its_reasons() -> None:
    """A word of the title counts twice, a word inside a longer one that counts not again, a head type that is named by its id."""
    made = score(
        paper("Attention heads that copy", "An induction head under ablation."), {"induction head": "induction"}
    )
    assert made.reasons == ("attention heads +6", "heads/induction +2", "induction head +2", "ablat +1")
    assert made.score == 11


def test_the_best_come_first_and_the_newest_of_equal_ones(toy_catalog: Catalog) -> None:
    """So that whoever reads the first rows reads the right ones."""
    old = Candidate("2501.00001", "Attention heads", "", (), "2025-01-01")
    made = wanted([old, paper("Attention heads"), paper("Attention heads", "path patching", "2601.00002")], toy_catalog)
    assert [one.candidate.arxiv for one in made] == ["2601.00002", "2601.00001", "2501.00001"]


def test_names_of_the_catalog_are_asked_for(real_catalog: Catalog) -> None:
    """Each with the word "head"; no question is longer than arXiv takes."""
    names = head_names(real_catalog)
    assert names["induction head"] == "induction"
    assert all(name.endswith("head") for name in names)
    asked = queries(real_catalog)
    assert asked[0].startswith('all:"attention head" OR ')
    assert 'all:"retrieval head"' in " ".join(asked)
    assert max(map(len, asked)) < 1500


def test_the_report_has_a_command_for_each(toy_catalog: Catalog) -> None:
    """And nothing of a title does more than be read."""
    text = report(wanted([paper("Attention heads | <b>@octocat</b> ![x](https://e.org) `a`", "circuit")], toy_catalog))
    assert "`headkb new paper --arxiv 2601.00001`" in text
    assert "[2601.00001](https://arxiv.org/abs/2601.00001)" in text
    for sign in ("@octocat", "<b>", "![x]", "://e.org", "heads |"):
        assert sign not in text
    assert report([]) == ""


def test_the_tool_scores_a_stored_answer(tmp_path: Path) -> None:
    """Whatever is no feed ends with 1 and a sentence."""
    toy = Path(__file__).parents[1] / "data" / "catalog"
    call = ["--catalog", str(toy), "--out", str(tmp_path / "report.md"), "--feed"]
    done = CliRunner().invoke(candidates.main, [*call, str(FEED)])
    assert done.exit_code == 0, done.output
    assert "Paul Michel et al., 2019-05-25" in (tmp_path / "report.md").read_text("utf-8")
    (tmp_path / "bad.xml").write_text("<!DOCTYPE x><feed/>", "utf-8")
    done = CliRunner().invoke(candidates.main, [*call, str(tmp_path / "bad.xml")])
    assert done.exit_code == 1
    assert "declares a document type" in done.output


@pytest.mark.parametrize("raw", [b'<feed xmlns="http://www.w3.org/2005/Atom"/>', None])
def test_an_answer_without_papers_is_none(raw: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty report would close the issue that lists the papers; a host that breaks off is no answer, either."""

    def fetch(asked: Sequence[str]) -> Iterator[bytes]:
        if raw is None:
            raise http.client.IncompleteRead(b"")
        yield raw

    monkeypatch.setattr(candidates, "fetch", fetch)
    toy = Path(__file__).parents[1] / "data" / "catalog"
    done = CliRunner().invoke(candidates.main, ["--catalog", str(toy), "--out", str(tmp_path / "report.md")])
    assert (done.exit_code, (tmp_path / "report.md").exists()) == (1, False)
    assert "no answer that can be read" in done.output
