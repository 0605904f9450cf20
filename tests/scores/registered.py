"""What is registered, and what the catalog records of it: for tests over every score and every published variant."""

from __future__ import annotations

from math import inf

from headkb import catalog_path
from headkb.catalog.load import load_kind
from headkb.scores import SCORES

RECORDS = load_kind(catalog_path(), "scores")[0]
PATTERN_SCORES = {name: score for name, score in SCORES.items() if score.reads == "pattern"}
CASES = [(score, variant) for score in PATTERN_SCORES.values() for variant in (None, *RECORDS[score.id].variants)]


def parameters(case):
    """Keywords of a score's variant; none of the score itself."""
    score, variant = case
    return dict(RECORDS[score.id].variants[variant].parameters) if variant else {}


def reader(case, **small):
    """The reader of a score or of one of its variants."""
    return case[0].reader(**{**parameters(case), **small})


def bounds(name):
    """Smallest and largest value that the record allows."""
    least, most = RECORDS[name].range.least, RECORDS[name].range.most
    return (-inf if least is None else least), (inf if most is None else most)


def label(case):
    """`induction` or `induction/stripe`."""
    score, variant = case
    return score.id if variant is None else f"{score.id}/{variant}"
