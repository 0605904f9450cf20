"""A new paper, head type or claim: the answers to its form → the files that they change in the catalog."""

from __future__ import annotations

import re

from headkb.catalog.from_issues.change import ChangeMaker, FormReader, RecordChange, one
from headkb.catalog.from_issues.parts import authors_of, claims_file, date_of, entry_of, item, keys_of, paper_id
from headkb.catalog.from_issues.values import (
    claim_source,
    head_type_of,
    heads_with_values,
    identifiers,
    known_head,
    listed,
    model_of,
    needed_paper,
    paper_heads,
    paper_of,
)
from headkb.catalog.new_ids import free_id, id_words
from headkb.catalog.record_files import read_text
from headkb.catalog.schema.ids import is_id
from headkb.catalog.yaml_edits import with_entry, with_item


def new_paper(asked: FormReader) -> ChangeMaker:
    """A paper: its record, or that the catalog has it."""
    catalog = asked.catalog
    known = identifiers(asked.get("identifier"))
    title = " ".join(asked.get("title").split())
    if not known and "identifier" not in asked.refused:
        asked.problems.append(
            f"{asked.get('identifier')!r} is neither an arXiv id (2211.00593), nor a DOI (10.18653/v1/…), nor an address (https://…)."
        )
    named = [name for name in (asked.get("identifier"), title) if name]
    there = next((paper for name in named if (paper := paper_of(catalog, name)) is not None), None)
    if there is not None:
        asked.problems.append(
            f"The catalog has this paper: papers/{there.id}. What it lacks can be told with the form Fix a fact."
        )
    authors = asked.read("authors", authors_of, [])
    date = asked.read("date", date_of, "")
    heads = asked.read("heads", lambda text: paper_heads(catalog, text), [])
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
    given = {key: value for key, value in record.items() if value}
    return lambda: one("papers", paper_id(catalog, given), given)


def new_head(asked: FormReader) -> ChangeMaker:
    """A head type: its record, and its place in the record of the paper that introduces it."""
    catalog, name = asked.catalog, asked.get("name")
    head_id = id_words(re.sub(r"(?i)\bheads?\b", "", name)) or id_words(name)
    there = catalog.heads.get(head_id) or (known_head(catalog, name) if name else None)
    if there is not None:
        asked.problems.append(f"The catalog has a head type of this name: heads/{there.id}.")
    elif name and not is_id(head_id):
        asked.problems.append(f"No id can be made of the name {name!r}: it needs a word of the letters a to z.")
    paper = asked.read("identifier", lambda text: needed_paper(catalog, text))
    stage = catalog.stages.get(asked.get("stage"))
    categories = [category.id for category in stage.categories] if stage else []
    if categories and asked.get("category") and asked.get("category") not in categories:
        asked.problems.append(
            f"{asked.get('category')!r} is no category of {asked.get('stage')}: it has {', '.join(categories)}."
        )

    def made() -> RecordChange:
        source = {"paper": paper.id, "locator": asked.get("place")}
        criterion = asked.get("criterion")
        change = one(
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
        change.files[f"papers/{paper.id}.yaml"] = with_item(text, "heads", entry, keys_of("papers"))
        return change

    return made


def new_claim(asked: FormReader) -> ChangeMaker:
    """A claim: one more in the file of its source, or the file's first."""
    catalog = asked.catalog
    source = asked.read("identifier", lambda text: claim_source(catalog, text, asked.get("place")))
    model = asked.read("model", lambda text: model_of(catalog, text))
    head = asked.read("heads", lambda text: head_type_of(catalog, text))
    counts_from = int(asked.get("counts_from") or 0)
    shape = None if "counts_from" in asked.refused else model
    heads, values = asked.read("which", lambda text: heads_with_values(text, counts_from, shape), ([], {}))
    file = claims_file(catalog, source) if source else None
    measure = id_words(asked.get("measure"))
    if {"measure", "measured"} & set(asked.refused):
        pass  # what the values are cannot be said yet
    elif values and not measure:
        asked.problems.append("There are values, so say what the measure is called, and what it measures.")
    elif values and not asked.get("measured") and (file is None or measure not in catalog.claims[file].measures):
        asked.problems.append(f"Say what {asked.get('measure')!r} measures: the source's file does not define it yet.")
    if source and "repository" in source and file is None:
        asked.problems.append(
            f"No file of the catalog has claims of {source['repository']} yet. A new one says which paper stands behind it: open a pull request with `headkb new claim`."
        )

    def made() -> RecordChange:
        taken = {claim.id for claim in catalog.claims[file].claims} if file else set()
        claim = {
            "id": free_id(f"{model.id}-{head.id}", taken),
            "head": head.id,
            "model": model.id,
            **({} if len(values) == len(heads) else {"heads": heads}),  # a value names its head
            "statement": asked.get("says"),
            **({"measure": measure, "values": values} if values else {}),
            "source": source,
            "confidence": asked.get("confidence"),
            **({"note": "The source counts layers and heads from 1."} if counts_from else {}),
        }
        defined = {measure: {"name": asked.get("measure"), "definition": asked.get("measured")}} if values else {}
        if file is None:
            record = {"paper": source["paper"], "measures": defined, "claims": [claim]}
            return one("claims", source["paper"], {k: v for k, v in record.items() if v})
        text = read_text(catalog.root / "claims" / f"{file}.yaml")
        if defined and measure not in catalog.claims[file].measures:
            definition = entry_of("claims", "measures", measure, defined[measure])
            text = with_entry(text, "measures", measure, definition, keys_of("claims"))
        text = with_item(text, "claims", item("claims", "claims", claim))
        return RecordChange(f"claims/{file}/{claim['id']}", {f"claims/{file}.yaml": text})

    return made
