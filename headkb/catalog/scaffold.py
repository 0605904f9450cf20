"""A new record to start from: every key that must be there, with a question where only a person knows the answer."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from headkb.catalog.schema.ids import Kind, is_id

ASK = "‹"
"""First character of every answer that is still to be given; `headkb new` says which lines hold one."""


UNQUOTED = re.compile(r"(?<![\"/])(‹[^›]*›)")


def scaffold(kind: Kind, record_id: str) -> str:
    """The YAML text of a new record. Raises ValueError if the id is not one."""
    if not is_id(record_id):
        raise ValueError(
            f"{record_id!r} is not an id: use lower-case words of a-z and 0-9 joined by hyphens, such as name-mover"
        )
    return UNQUOTED.sub(r'"\1"', TEMPLATES[kind](record_id))


def open_questions(text: str) -> list[tuple[int, str]]:
    """(line, question) for everything that is left to fill."""
    return [
        (n, line.split(ASK, 1)[1].split("›")[0]) for n, line in enumerate(text.splitlines(), start=1) if ASK in line
    ]


def _title(record_id: str) -> str:
    return record_id.replace("-", " ").capitalize()


def _head(record_id: str) -> str:
    return f"""name: {_title(record_id)} head
stage: ‹one of `headkb list stages`›
category: ‹a category of that stage: `headkb show stages …`›
placement: {{by: headkb, reason: ‹why it belongs there›}}
definition: ‹one sentence: what it attends to, and what it writes›
no_recipe:
  reason: ‹why no score decides it yet; or write `recipes` instead›
  needed: ‹what would be needed to decide it›
"""


def _paper(record_id: str) -> str:
    parts = record_id.split("-")
    year = next((p for p in parts if len(p) == 4 and p.isdigit()), str(datetime.datetime.now(datetime.UTC).year))
    return f"""title: ‹the full title›
authors: [‹First Last›]
date: {year}
links:
  - {{label: Paper, url: "https://‹address›"}}
heads:
  - {{id: ‹head type›, role: ‹introduces, replicates, applies or contests›}}
summary:
  innovation: ‹what is new, in your own words; 60 words for the three together›
summary_basis: abstract
"""


def _method(record_id: str) -> str:
    return f"""name: {_title(record_id)}
class: modeling-free/replacement-based
placement: {{by: headkb, reason: ‹why this class›}}
definition: ‹one sentence›
no_implementation: ‹why headkb has no code for it›
sources:
  - {{paper: ‹paper id›, locator: ‹section, table or figure›}}
"""


def _score(record_id: str) -> str:
    return f"""name: {_title(record_id)}
summary: ‹one sentence: what a high value means›
needs: [pattern]
formula: ‹LaTeX; A is the pattern, t a query position, Q the queries that count›
range: {{least: 0, most: 1}}
unit: unitless
direction: more
cost: {{forward: P}}
sources:
  - {{paper: ‹paper id›, locator: ‹section, equation or figure›}}
"""


def _benchmark(record_id: str) -> str:
    return f"""name: {_title(record_id)}
kind: mechanism
definition: ‹one sentence›
task: ‹what is asked of the model›
sources:
  - {{paper: ‹paper id›, locator: ‹section›}}
"""


def _stage(record_id: str) -> str:
    return f"""name: {_title(record_id)}
abbreviation: {"".join(w[0] for w in record_id.split("-")).upper()}
order: 1
analogy: ‹the step of human thinking that it is compared with›
definition: ‹one sentence›
categories:
  - {{id: ‹id›, name: ‹name›, definition: ‹one sentence›}}
sources:
  - {{paper: ‹paper id›, locator: ‹section›}}
"""


def _circuit(record_id: str) -> str:
    return f"""name: {_title(record_id)}
task: ‹what the circuit does›
definition: ‹one sentence›
nodes:
  - {{id: first, head: ‹head type›, role: ‹its part›}}
sources:
  - {{paper: ‹paper id›, locator: ‹section›}}
"""


def _model(record_id: str) -> str:
    return f"""name: {record_id}
kind: public
hub_id: ‹owner/name›
family: ‹family›
n_layers: ‹number›
n_heads: ‹number›
sources:
  - {{url: "https://‹address of its config›", locator: config.json}}
"""


def _claims(record_id: str) -> str:
    return f"""paper: {record_id}
claims:
  - id: ‹short-id›
    head: ‹head type›
    model: ‹model id›
    heads: [‹L9H6›]
    statement: ‹what the source says, in your own words›
    source: {{paper: {record_id}, locator: ‹table, figure or section›}}
    confidence: high
"""


def _run(record_id: str) -> str:
    raise ValueError(
        f"runs are not written by hand: `headkb reproduce HEAD --model M --record` writes one (instead of {record_id})"
    )


def _term(record_id: str) -> str:
    return f"name: {_title(record_id)}\ndefinition: ‹one or two sentences›\n"


TEMPLATES: dict[Kind, Callable[[str], str]] = {
    "heads": _head,
    "papers": _paper,
    "methods": _method,
    "scores": _score,
    "benchmarks": _benchmark,
    "stages": _stage,
    "circuits": _circuit,
    "models": _model,
    "claims": _claims,
    "runs": _run,
    "glossary": _term,
}
