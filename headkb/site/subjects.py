"""What a claim is about: a head type, or every head of the model."""

from __future__ import annotations

from headkb.catalog.schema import Claim
from headkb.site.document import Cell
from headkb.site.links import Links

EVERY = "every head"


def subject_cell(subject: str) -> str:
    """The head type by its id, linked; `every head` where a claim names none."""
    return f"[[heads/{subject}]]" if subject else EVERY


def subject_name(links: Links, subject: str) -> str:
    """The same without a link, as filters show it."""
    return links.name(f"heads/{subject}") if subject else EVERY


def head_type_cell(claim: Claim) -> Cell:
    """The head type that a claim asserts, or that its numbers are about."""
    return subject_cell(claim.head) if claim.head else f"about {subject_cell(claim.subject)}"
