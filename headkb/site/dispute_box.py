"""The box "Disputed": who contradicts whom about a head type or a head, from which measurement, and what would decide it."""

from __future__ import annotations

from collections.abc import Sequence

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.disputes import Dispute
from headkb.catalog.inline import plain
from headkb.catalog.schema import Head
from headkb.catalog.table_pairs import TablePair
from headkb.head_index import HeadIndex
from headkb.site.compose import grouped, one_line
from headkb.site.document import Box, Cell, Element, Fold, Prose
from headkb.site.links import claim_path
from headkb.site.parts import Context, bullets, joined, number, ref, refs

MANY_DISPUTES = 4
"""Where there are more, each has a line without quotations and causes, which stand with the claims and tables themselves."""
MANY_TABLES = 2
"""More pairs of tables than this are folded."""


def type_box(context: Context, head: Head) -> list[Element]:
    """Every dispute about a head type; nothing where there is none."""
    disputes = context.catalog.disputes.of_type.get(head.id, ())
    pairs = [d for d in disputes if d.pair]
    if len(pairs) <= MANY_TABLES:
        pairs = []
    brief = len(disputes) > MANY_DISPUTES
    items = bullets(_item(context, d, brief=brief) for d in disputes if d not in pairs)
    body: list[Element] = [items] if items.items else []
    if pairs:
        lines = bullets(_item(context, d, brief=brief) for d in pairs)
        body.append(Fold(f"{len(pairs)} pairs of published tables rank the heads differently", (lines,)))
    if disputes and head.ablation:
        body.append(Prose(f"[What would prove the label wrong](@heads/{head.id}/#ablation)"))
    return [Box("conflict", "Disputed", tuple(body), "disputed")] if body else []


def head_box(context: Context, dossier: HeadDossier) -> list[Element]:
    """Every dispute that turns on one head, and who contests the types that it is said to be."""
    items = [_item(context, d, dossier.head) for d in dossier.disputes if d.kind != "paper"]
    kind, title = ("conflict", "Disputed") if items else ("note", "Contested as a type")
    papers = grouped((d for d in dossier.disputes if d.kind == "paper"), lambda d: d.types[0])
    for head_type, contests in papers.items():
        items.append((ref("heads", head_type), ": contested by ", refs("papers", [_id(d.by) for d in contests]), "."))
    return [Box(kind, title, (bullets(items),))] if items else []


def _item(context: Context, dispute: Dispute, head: HeadIndex | None = None, *, brief: bool = False) -> Cell:
    """One dispute; on the page of a `head`, where the claims stand below, without quotations and the other heads."""
    if dispute.kind == "paper":
        return _paper(context, dispute)
    rivals = [context.catalog.statements[_id(key)] for key in dispute.against]
    why = "" if brief or not dispute.why or "*" in dispute.why else f" *{dispute.why}*"
    if dispute.kind == "off":
        return (*_off(context, dispute, rivals[0]), why)
    by = context.catalog.statements[_id(dispute.by)]
    if dispute.pair:
        return (*_tables(context, dispute.pair, (by, rivals[0]), head), why)
    on = ", ".join(map(str, dispute.heads)) if head is None else ""
    on = f", on {on} of {plain(context.name('models', dispute.model))}" if on else ""
    against = _linked(context, rivals) if brief or head is not None else _quoted(context, rivals)
    return (_named(context, by), f"{on}: {dispute.says} Against ", against, why)


def _paper(context: Context, dispute: Dispute) -> Cell:
    """Who contests a type, from which tasks, with which words."""
    paper = context.catalog.papers[_id(dispute.by)]
    tasks = one_line(paper.summary.tasks if paper.summary else "").rstrip(".")
    return (ref("papers", paper.id), f" ({tasks})" if tasks else "", f": {dispute.says}" if dispute.says else "")


def _tables(
    context: Context, pair: TablePair, sides: tuple[Statement, Statement], head: HeadIndex | None
) -> tuple[Cell, ...]:
    model = plain(context.name("models", pair.model))
    both = joined([_named(context, side) for side in sides], " and ")
    places = pair.at_odds.get(head) if head else None
    each = [f"number {place}" if place else "not listed" for place in places or ()]
    text = f" {head} is {each[0]} in the one and {each[1]} in the other." if each else ""
    return (both, f" rank the heads of {model} differently: {pair.figures()}.{text}")


def _off(context: Context, dispute: Dispute, claimed: Statement) -> tuple[Cell, ...]:
    values = "; ".join(
        f"{m.head} claimed {number(m.claimed)} ± {number(m.tolerance)}, measured {number(m.measured)}"
        for m in dispute.misses
    )
    run = ref("runs", _id(dispute.by), "headkb's run")
    model = plain(context.name("models", dispute.model))
    return (run, f" on {model} puts off ", _named(context, claimed), f": {values}." if values else ".")


def _named(context: Context, statement: Statement) -> Cell:
    """A claim by its source, linked to its place, and by its measure."""
    name = plain(context.name("claims", statement.file.id))
    measure = statement.claim.measure
    by = f" by {plain(statement.file.measures[measure].name)}" if measure else ""
    return f"[{name}](@{claim_path(statement)}){by}"


def _quoted(context: Context, rivals: Sequence[Statement]) -> Cell:
    """The contested claims in their own words."""
    return joined([(_named(context, r), f": “{one_line(r.claim.statement).strip()}”") for r in rivals], "; ")


def _linked(context: Context, rivals: Sequence[Statement]) -> Cell:
    """The sources of the contested claims, each linked to its first."""
    sources = grouped(rivals, lambda rival: rival.file.id).values()
    links = [f"[{plain(context.name('claims', group[0].file.id))}](@{claim_path(group[0])})" for group in sources]
    counts = [f" ({len(group)} claims)" if len(group) > 1 else "" for group in sources]
    return (joined([link + count for link, count in zip(links, counts, strict=True)], " and "), ".")


def _id(key: str) -> str:
    """`papers/li-2025-juice` → `li-2025-juice`."""
    return key.split("/", 1)[1]
