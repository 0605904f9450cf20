"""How an entry of a list begins on a terminal: an edge as `a → b`, a relation as `composes with …`, a showing as `shown in …`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from headkb.catalog.formula import unicode_formula

if TYPE_CHECKING:
    from headkb.cli.reader import Reader

Lead = tuple[str, frozenset[str]]
"""The words with which an entry begins, and the fields that they tell."""
LEADS = ("name", "id", "label", "metric", "task", "head", "model", "to", "in", "seed", "check")
"""Fields of which the first that an entry has names it."""


def lead_of(key: str, value: Mapping[str, Any], reader: Reader) -> Lead:
    """How an entry of the list `key` begins."""
    if key in _BEGIN:
        words, told = _BEGIN[key](value, reader)
        return words, frozenset(told.split())
    name = next((name for name in LEADS if isinstance(value.get(name), str | int)), "")
    return (reader.word(name, value[name]), frozenset({name})) if name else ("", frozenset())


def _alias(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    more = ", ".join(str(value[name]) for name in ("kind", "paper") if value.get(name))
    return f"{value['name']} ({more})", "name kind paper"


def _relation(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"{value['type'].replace('_', ' ')} {_head(value['head'], reader)}", "type head note_back"


def _head(head: str, reader: Reader) -> str:
    """The name of a head type, and the id by which it is looked up."""
    return f"{reader.name_of(f'heads/{head}')} [{head}]"


def _edge(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"{value['from']} → {value['to']}", "from to"


def _node(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    heads = f" {reader.words(value['heads'])}" if value.get("heads") else ""
    role = reader.plain(value["role"])
    what = value.get("head") or value.get("component")
    same = f" ({what})" if what != value["id"] else ""
    return f"{value['id']}{same}{heads}: {role}", "id head component heads role"


def _showing(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    # The sentence names up to three heads itself.
    heads = f" {reader.words(value['heads'])}" if len(value.get("heads") or ()) > 3 else ""
    where = " in ".join(part for part in (value["head"], value["model"]) if part != reader.own)
    return f"{where} ({value['model_kind']}): {value['showing']}{heads}", "head model model_kind showing heads runs"


def _erratum(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return (
        f"{value['in']} says: {reader.plain(value['says'])} Right is: {reader.plain(value['correct'])}",
        "in says correct",
    )


def _causal(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    check = value["check"]
    heads = f" with {reader.words(value['heads'])} silenced" if value.get("heads") else ""
    return (
        f"{check['id']}: {value['result']}, {check['metric']} on {check['prompts']}{heads}",
        "check result heads draws seeds interval",
    )


def _behaviour(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"{value['check']['id']}: {value['check']['metric']} on {value['check']['prompts']}", "check seeds"


def _expected(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"{value['head']} {value['value']:g} ± {value['tolerance']:g}", "head value tolerance"


def _column(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    prompts = f" on {value['prompts']}" if value.get("prompts") else ""
    score = "" if value["score"] == value["id"] else f": {value['score']}"
    return f"{value['id']}{score}{prompts}", "id score prompts"


def _claim(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    subject = value.get("head") or (f"about {value['about']}" if value.get("about") else "every head")
    heads = f" {reader.words(value['heads'])}" if value.get("heads") else ""
    return f"{value['id']}: {subject} in {value['model']}{heads}", "id head about all_heads model heads"


def _repeat(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"seed {value['seed']}: {reader.short(value['values'])}", "seed sha256 values"


def _symbol(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return unicode_formula(value["symbol"]), "symbol"


def _link(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"{value['label']}: {value['url']}", "label url"


def _faithfulness(value: Mapping[str, Any], reader: Reader) -> tuple[str, str]:
    return f"{reader.plain(value['metric'])}: {value['value']}", "metric value"


_BEGIN: Mapping[str, Callable[[Mapping[str, Any], Reader], tuple[str, str]]] = {
    "aliases": _alias,
    "relations": _relation,
    "edges": _edge,
    "nodes": _node,
    "showings": _showing,
    "errata": _erratum,
    "causal": _causal,
    "joint": _causal,
    "behaviours": _behaviour,
    "expected": _expected,
    "columns": _column,
    "claims": _claim,
    "symbols": _symbol,
    "repeats": _repeat,
    "links": _link,
    "faithfulness": _faithfulness,
}
