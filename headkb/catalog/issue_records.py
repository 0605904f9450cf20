"""The answers to a form → the files that it changes in the catalog. Nothing is written here, and nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.draft import draft
from headkb.catalog.issue_values import (
    AnswerError,
    claim_source,
    head_roles,
    head_type_of,
    heads_with_values,
    identifiers,
    listed,
    model_of,
    needed_paper,
    paper_of,
    record_named,
)
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.record_files import read_text
from headkb.catalog.schema.ids import is_id
from headkb.catalog.yaml_edits import EditError, with_item, with_value
from headkb.errors import HeadkbError

Values = Mapping[str, str]
"""Answers by the ids of their questions."""
STOP = frozenset("a an the of in on for and to with via from how what is are do does by as at".split())


@dataclass
class Change:
    """What a form asks for, as far as it was understood.

    Attributes:
        title: What it is about in a few words: the record.
        files: Path in the catalog → the whole text that the file gets; empty where no record is made.
        command: What somebody types to go on, where no record is made.
        by_hand: What a person has to do, where it cannot be done from the form.
        understood: What was understood, by name.
    """

    title: str
    files: dict[str, str] = field(default_factory=dict)
    command: str = ""
    by_hand: str = ""
    understood: dict[str, str] = field(default_factory=dict)


class FormError(HeadkbError):
    """A form from which nothing can be made; `problems` has a sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the sentences."""
        self.problems = problems
        super().__init__(" ".join(problems))


def change_of(catalog: Catalog, form: str, values: Values) -> Change:
    """What the answers to a form change.

    Args:
        catalog: Where the records that they name are looked up.
        form: The form, by the name of its file.
        values: Its answers, complete.

    Raises:
        FormError: If an answer cannot be understood; all such are named at once.
    """
    asked = _Asked(catalog, values)
    made = MAKERS[form](asked)
    if asked.problems:
        raise FormError(asked.problems)
    return made()


class _Asked:
    """The answers, and what is wrong with them so far."""

    def __init__(self, catalog: Catalog, values: Values) -> None:
        self.catalog, self.values, self.problems = catalog, values, list[str]()

    def get(self, key: str) -> str:
        return self.values.get(key, "")

    def read(self, key: str, reader: Callable[[str], Any], otherwise: Any = None) -> Any:
        """An answer as something else; what cannot be read is noted, and the others are read still."""
        if not self.get(key):
            return otherwise
        try:
            return reader(self.values[key])
        except AnswerError as error:
            self.problems.append(str(error))
            return otherwise


Made = Callable[[], Change]


def _new_paper(asked: _Asked) -> Made:
    catalog = asked.catalog
    known = identifiers(asked.get("identifier"))
    title = " ".join(asked.get("title").split())
    if not known:
        asked.problems.append(
            f"{asked.get('identifier')!r} is neither an arXiv id (2211.00593), nor a DOI (10.18653/v1/…), nor an address (https://…)."
        )
    there = paper_of(catalog, asked.get("identifier")) or paper_of(catalog, title)
    if there is not None:
        asked.problems.append(f"The catalog has this paper: papers/{there.id}. What it lacks can be told with the form Fix a fact.")
    authors = asked.read("authors", _authors, [])
    date = asked.read("date", _date, "")
    heads = asked.read("heads", lambda text: head_roles(catalog, text), [])
    models = asked.read("models", lambda text: [model_of(catalog, name).id for name in listed(text)], [])
    summary = {key: asked.get(key) for key in ("innovation", "tasks", "result") if asked.get(key)}
    addresses = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/", "url": ""}
    record = {
        "title": title,
        "authors": authors,
        "date": date,
        "kind": "preprint" if "arxiv" in known and not asked.get("venue") else "",
        "venue": asked.get("venue"),
        **{key: value for key, value in known.items() if key != "url"},
        "links": [{"label": "Paper", "url": addresses[key] + value} for key, value in known.items()],
        "heads": heads,
        "models": models,
        "summary": summary,
        "summary_basis": asked.get("basis"),
    }
    return lambda: _one("papers", _paper_id(catalog, authors, date, title), {k: v for k, v in record.items() if v})


def _new_head(asked: _Asked) -> Made:
    catalog, name = asked.catalog, asked.get("name")
    head_id = _slug(re.sub(r"(?i)\bheads?\b", "", name)) or _slug(name)
    there = catalog.heads.get(head_id) or _known_head(catalog, name)
    if there is not None:
        asked.problems.append(f"The catalog has a head type of this name: heads/{there.id}.")
    elif not is_id(head_id):
        asked.problems.append(f"No id can be made of the name {name!r}: it needs a word of the letters a to z.")
    paper = asked.read("identifier", lambda text: needed_paper(catalog, text))
    stage = catalog.stages.get(asked.get("stage"))
    categories = [category.id for category in stage.categories] if stage else []
    if asked.get("category") not in categories:
        asked.problems.append(f"{asked.get('category')!r} is no category of {asked.get('stage')}: it has {', '.join(categories)}.")

    def made() -> Change:
        source = {"paper": paper.id, "locator": asked.get("place")}
        criterion = asked.get("criterion")
        change = _one(
            "heads",
            head_id,
            {
                "name": name[:1].upper() + name[1:],
                "stage": asked.get("stage"),
                "category": asked.get("category"),
                "placement": {"by": "headkb", "reason": asked.get("reason")},
                "definition": asked.get("definition"),
                **{key: asked.get(key) for key in ("reads", "writes") if asked.get(key)},
                **({"criterion": {"plain": criterion, "sources": [source]}} if criterion else {}),
                "no_recipe": {"reason": asked.get("no_score"), "needed": asked.get("needed")},
                "sources": [source],
            },
        )
        text = read_text(catalog.root / "papers" / f"{paper.id}.yaml")
        entry = f"{{id: {head_id}, role: introduces}}"
        change.files[f"papers/{paper.id}.yaml"] = _edited(with_item, text, "heads", entry, _order("papers"))
        return change

    return made


def _new_claim(asked: _Asked) -> Made:
    catalog = asked.catalog
    source = asked.read("identifier", lambda text: claim_source(catalog, text, asked.get("place")))
    model = asked.read("model", lambda text: model_of(catalog, text))
    head = asked.read("heads", lambda text: head_type_of(catalog, text))
    counts_from = int(asked.get("counts_from") or 0)
    heads, values = asked.read("which", lambda text: heads_with_values(text, counts_from), ([], {}))
    if model is not None:
        outside = [name for name in heads if not model.holds(_index(name))]
        if outside:
            least = f", counted from {counts_from}" if counts_from else ""
            asked.problems.append(
                f"{model.id} has {model.n_layers} layers of {model.n_heads} heads, so {outside[0]} is none of them{least}."
            )
    file = _claims_file(catalog, source) if source else None
    measure = _slug(asked.get("measure"))
    if values and not measure:
        asked.problems.append("There are values, so say what the measure is called, and what it measures.")
    elif values and not asked.get("measured") and (file is None or measure not in catalog.claims[file].measures):
        asked.problems.append(f"Say what {asked.get('measure')!r} measures: the source's file does not define it yet.")
    if source and "repository" in source and file is None:
        asked.problems.append(
            f"No file of the catalog has claims of {source['repository']} yet. A new one says which paper stands behind it: open a pull request with `headkb new claim`."
        )

    def made() -> Change:
        taken = {claim.id for claim in catalog.claims[file].claims} if file else set()
        claim = {
            "id": _free(f"{model.id}-{head.id}", taken),
            "head": head.id,
            "model": model.id,
            "heads": heads,
            "statement": asked.get("says"),
            **({"measure": measure, "values": values} if values else {}),
            "source": source,
            "confidence": asked.get("confidence"),
            **({"note": "The source counts layers and heads from 1."} if counts_from else {}),
        }
        defined = {measure: {"name": asked.get("measure"), "definition": asked.get("measured")}} if values else {}
        if file is None:
            record = {"paper": source["paper"], "measures": defined, "claims": [claim]}
            return _one("claims", source["paper"], {k: v for k, v in record.items() if v})
        text = read_text(catalog.root / "claims" / f"{file}.yaml")
        if defined and measure not in catalog.claims[file].measures:
            text = _edited(_with_measure, text, defined)
        text = _edited(with_item, text, "claims", _item(claim))
        return Change(f"claims/{file}/{claim['id']}", {f"claims/{file}.yaml": text})

    return made


def _fix_a_fact(asked: _Asked) -> Made:
    catalog = asked.catalog
    named = asked.read("record", lambda text: record_named(catalog, text))

    def made() -> Change:
        kind, record_id = named
        place, value = asked.get("field").strip("` "), asked.get("value")
        understood = {"Record": f"{kind}/{record_id}", "Field": place, "New value": value, "Source": asked.get("source")}
        change = Change(f"{kind}/{record_id}", understood={key: text for key, text in understood.items() if text})
        if not (place and value):
            change.by_hand = "The form names no field with its new value, so a person makes the change. You can add both by editing this issue."
            return change
        path: list[str | int] = [int(step) if step.isdigit() else step for step in place.split(".")]
        file = record_id.partition("/")[0]
        if kind == "claims" and "/" in record_id:
            ids = [claim.id for claim in catalog.claims[file].claims]
            path = ["claims", ids.index(catalog.statements[record_id].claim.id), *path]
        name = f"{kind}/{file}.yaml"
        before = read_text(catalog.root / name)
        try:
            text = with_value(before, tuple(path), value, _order(kind))
        except EditError as error:
            change.by_hand = f"A person makes the change: {error}."
            return change
        if text == before:
            raise FormError([f"`{place}` of {kind}/{record_id} says this already."])
        change.files[name] = text
        return change

    return made


def _report_a_reproduction(asked: _Asked) -> Made:
    return _run(asked, ("outcome", "result", "versions"))


def _request_a_run(asked: _Asked) -> Made:
    return _run(asked, ("why", "machine"))


def _run(asked: _Asked, told: tuple[str, ...]) -> Made:
    """What is to be run, or was: the command, and what was told beside it."""
    catalog = asked.catalog
    every = asked.get("record").casefold() in ("all head types", "all", "everything")
    named = ("heads", "") if every else asked.read("record", lambda text: record_named(catalog, text))
    model = asked.read("model", lambda text: _model_or_hub(catalog, text))
    if named is not None and named[0] not in ("heads", "claims", "runs"):
        asked.problems.append(f"{named[0]}/{named[1]} is nothing that can be run: name a head type, a claim or a run.")

    def made() -> Change:
        kind, record_id = named
        what = "every head type" if every else f"{kind}/{record_id}"
        command = f"headkb reproduce {record_id or '--all'} --model {model}"
        if kind == "runs":
            command = f"headkb reproduce {record_id} --check"
        elif kind == "claims" and record_id not in catalog.statements:
            command = f"headkb reproduce {record_id} --claims --model {model}"
        understood = {"To run": what, "Model": model, **{key.capitalize(): asked.get(key) for key in told}}
        return Change(f"{what} on {model}", command=command, understood=understood)

    return made


MAKERS: Mapping[str, Callable[[_Asked], Made]] = {
    "fix-a-fact": _fix_a_fact,
    "new-claim": _new_claim,
    "new-head": _new_head,
    "new-paper": _new_paper,
    "report-a-reproduction": _report_a_reproduction,
    "request-a-run": _request_a_run,
}
"""Form → what reads its answers; what it gives back is called where nothing was wrong with them."""
