"""A mend of a record, a report of a reproduction, a run that is asked for: what is changed, or what somebody types."""

from __future__ import annotations

from headkb.catalog.from_issues.change import ChangeMaker, FormError, FormReader, RecordChange
from headkb.catalog.from_issues.parts import keys_of
from headkb.catalog.from_issues.values import model_or_hub, record_named
from headkb.catalog.record_files import read_text
from headkb.catalog.yaml_edits import EditError, with_value


def fix_a_fact(asked: FormReader) -> ChangeMaker:
    """One value of one record, where field and value are given; else what a person has to do."""
    catalog = asked.catalog
    named = asked.read("record", lambda text: record_named(catalog, text))

    def made() -> RecordChange:
        kind, record_id = named
        place, value = asked.get("field").strip("` "), asked.values.get("value", "")
        understood = {
            "Record": f"{kind}/{record_id}",
            "Field": place,
            "New value": value,
            "Source": asked.get("source"),
        }
        change = RecordChange(f"{kind}/{record_id}", understood={key: text for key, text in understood.items() if text})
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
            text = with_value(before, tuple(path), value, keys_of(kind))
        except EditError as error:
            change.by_hand = f"A person makes the change: {error}."
            return change
        if text == before:
            raise FormError([f"`{place}` of {kind}/{record_id} says this already."])
        change.files[name] = text
        return change

    return made


def report_a_reproduction(asked: FormReader) -> ChangeMaker:
    """What was rerun and what came of it, with the command that repeats it."""
    return _run(asked, ("outcome", "result", "command", "versions"))


def request_a_run(asked: FormReader) -> ChangeMaker:
    """What is to be run, with the command."""
    return _run(asked, ("why", "machine"))


def _run(asked: FormReader, told: tuple[str, ...]) -> ChangeMaker:
    """What is to be run, or was: the command, and what was told beside it."""
    catalog = asked.catalog
    every = asked.get("record").casefold() in ("all head types", "all", "everything")
    named = ("heads", "") if every else asked.read("record", lambda text: record_named(catalog, text))
    model = asked.read("model", lambda text: model_or_hub(catalog, text))
    if named is not None and named[0] not in ("heads", "claims", "runs", "scores"):
        asked.problems.append(
            f"{named[0]}/{named[1]} is nothing that can be run: name a head type, a claim, a run or a score."
        )

    def made() -> RecordChange:
        kind, record_id = named
        what = "every head type" if every else f"{kind}/{record_id}"
        command = f"headkb reproduce {record_id or '--all'} --model {model} --record"
        if kind == "runs":
            command = f"headkb reproduce {record_id} --check"
        elif kind == "scores":
            command = f"headkb score {record_id} --model {model}"
        elif kind == "claims" and record_id not in catalog.statements:
            command = f"headkb reproduce {record_id} --claims --model {model} --record"
        understood = {"To run": what, "Model": model, **{key.capitalize(): asked.get(key) for key in told}}
        by_hand = "The run's file is not added by itself: a person looks at it first." if asked.get("run") else ""
        return RecordChange(f"{what} on {model}", command=command, by_hand=by_hand, understood=understood)

    return made
