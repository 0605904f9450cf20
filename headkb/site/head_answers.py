"""The first answers on the page of a head type: who found it, where it is, how it is measured, what stands for it, who disputes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from headkb.catalog.best_known import BestKnown, asserting_claims, best_known
from headkb.catalog.directions import recipe_side
from headkb.catalog.disputes import DisputeKind
from headkb.catalog.inline import plain
from headkb.catalog.schema import Head, HeadIndex, Paper
from headkb.catalog.schema.head import Recipe
from headkb.catalog.state import KINDS_TOLD, SAID, first_report, head_sentences
from headkb.site.compose import counted, facts, grouped, one_line
from headkb.site.document import Cell, Facts, Raw
from headkb.site.links import head_path, record_path
from headkb.site.parts import Context, joined, ref, refs

MOST_HEADS = 6
"""Heads that the answer names; the table of published heads has all."""
HERE_TOO = (("replicates", "replicate it"), ("applies", "apply it"), ("observes", "observe it"))
NUMBERS = {2: "Both", 3: "All three", 4: "All four"}
BREAK = Raw("<br>", " ")


def answers(context: Context, head: Head) -> Facts:
    """The list of answers; a question that the catalog cannot answer says so."""
    return facts(
        ("Found by", found_by(context, head)),
        ("Best known heads", best_known_heads(context, head)),
        ("Measured by", measured_by(context, head)),
        ("Claims", claims(context, head)),
        ("Shown on", shown_on(context, head)),
        ("Disputed by", disputed_by(context, head)),
        ("Also called", joined([_alias(alias.name, alias.kind, alias.paper) for alias in head.aliases])),
        style="hk-answers",
    )


def found_by(context: Context, head: Head) -> Cell:
    """The papers that introduce the type, each with its month and what it was found in, then how many others are about it."""
    entries = context.catalog.papers_of_head.get(head.id, [])
    found = [paper for paper, role in entries if role == "introduces"]
    oldest = first_report(context.catalog, head.id)
    if oldest is None:
        return "No paper about it is in the catalog."
    count = Counter(role for _, role in entries)
    others = [
        f"{count[role]:,} {verb if count[role] > 1 else _singular(verb)}" for role, verb in HERE_TOO if count[role]
    ]
    named: Cell = joined([_finding(paper) for paper in found], "; ")
    if not found:
        named = ("No paper in the catalog introduces it; the oldest about it is ", _finding(oldest))
    return (named, ".", f" [{', '.join(others)}](@{record_path('heads', head.id)}#papers)." if others else "")


def _singular(verb: str) -> str:
    first, _, rest = verb.partition(" ")
    return f"{first[:-1]}ies {rest}" if first.endswith("y") else f"{first}s {rest}"


def _finding(paper: Paper) -> Cell:
    tasks = one_line(paper.summary.tasks if paper.summary else "").strip().rstrip(".")
    return (ref("papers", paper.id), _grey((f" ({paper.first_public[:7]}{': ' if tasks else ''}", tasks, ")")))


def best_known_heads(context: Context, head: Head) -> Cell:
    """The heads of one model for which most sources assert the type, with how many of how many do."""
    known = best_known(context.catalog, head.id)
    left = ""
    if known.disputed:
        left = f" Left out: {counted(known.disputed, 'claim')} in dispute."
    if not known.model:
        none = "No claim names particular heads of this type" + (" outside a dispute." if left else " yet.")
        return (none, _grey(left))
    shown = list(known.heads)[:MOST_HEADS]
    more = [f"{left_out} more"] if (left_out := len(known.heads) - len(shown)) else []
    more += [f"all {known.models} models"] if known.models > 1 else []
    every = f"; [{', '.join(more)}](@{record_path('heads', head.id)}#claims)" if more else ""
    kind = "" if known.heads_are == "query" else "key-value heads "
    named = joined(_by_sources(context, known, shown))
    return (ref("models", known.model), ": ", kind, named, every, ".", _grey(left))


def _by_sources(context: Context, known: BestKnown, shown: list[HeadIndex]) -> list[Cell]:
    """The heads in a row, those that as many sources assert together: `L5H5, L6H9 (5 of 6 sources)`."""
    made: list[Cell] = []
    for number, (count, heads) in enumerate(grouped(shown, lambda h: known.heads[h]).items()):
        links = joined([head_link(context, known.model, h, known.heads_are) for h in heads])
        noun = (" source" if known.sources == 1 else " sources") if number == 0 else ""
        made.append((links, _grey(f" ({count} of {known.sources}{noun})")))
    return made


def head_link(context: Context, model: str, head: HeadIndex, heads_are: str = "query") -> str:
    """A head, linked to its page where it has one; a key-value head has none."""
    has_page = heads_are == "query" and context.has_head_page(model, head)
    return f"[{head}](@{head_path(model, head)})" if has_page else str(head)


def measured_by(context: Context, head: Head) -> Cell:
    """What the defining recipes ask of a head, and whether silencing it must change anything; why nothing decides, where that is so."""
    here = record_path("heads", head.id)
    defining = [recipe for recipe in head.recipes if recipe.role == "defining"]
    if not head.recipes:
        return f"No recipe decides this type yet: [why](@{here}#criterion)."
    if not defining:
        asked = joined([_asked(context, recipe, head.recipes) for recipe in head.recipes], "; ")
        return (f"No recipe defines this type ([why](@{here}#recipes)); beside its definition: ", asked, ".")
    asked = joined([_asked(context, recipe, tuple(defining)) for recipe in defining], " *and* ")
    count = len(defining)
    words = f"{NUMBERS.get(count, f'All {count}')} are needed" if count > 1 else "This is needed"
    checked = f", and a [causal check](@{here}#ablation)" if head.is_checked else ""
    return (asked, f". [{words}](@{here}#criterion){checked}.")


def _asked(context: Context, recipe: Recipe, among: tuple[Recipe, ...]) -> Cell:
    """`Induction at least 0.4`; with the prompts where another recipe has the same score."""
    sign = "at least" if recipe_side(context.catalog.scores, recipe) == "more" else "at most"
    twice = sum(other.score == recipe.score for other in among) > 1
    prompts = f" ({recipe.id.replace('-', ' ')})" if twice else ""
    return (ref("scores", recipe.score), f" {sign} {recipe.threshold:g}{prompts}")


def claims(context: Context, head: Head) -> Cell:
    """The sentence about all claims, and how many of them name heads of the type."""
    sentence = head_sentences(context.catalog, head.id)[0]
    asserting = asserting_claims(context.catalog, head.id)
    if not asserting:
        return sentence
    models = counted(len({s.claim.model for s in asserting}), "model")
    verb = "names" if len(asserting) == 1 else "name"
    here = record_path("heads", head.id)
    return (sentence, f" [{len(asserting):,} of them {verb} heads of the type, in {models}](@{here}#claims).")


def shown_on(context: Context, head: Head) -> Cell:
    """The sentence about each kind of model in which the type was looked for, every count behind its shape."""
    sentences = head_sentences(context.catalog, head.id)[1:]
    if not sentences:
        return "Nobody here has looked for it in a public model or an organism yet."
    kinds = {name: kind for kind, name in KINDS_TOLD.items()}
    lines: list[Cell] = []
    for sentence in sentences:
        name, _, said = sentence.partition(": ")
        lines.append((f"{name}: ", _with_shapes(said, kinds[name])))
    return (joined(lines, BREAK), f" [Runs](@{record_path('heads', head.id)}#runs).")


def _with_shapes(said: str, kind: str) -> Cell:
    """`shown in 1, not shown in 2 of 3 tried.` with the shape of each showing before its words, where the count is not 0."""
    pieces: list[Cell] = []
    for piece in said.split(", "):
        word, _, rest = piece.rpartition(" in ")
        shape = next((name for name, words in SAID.items() if words == word), None)
        if shape and not rest.startswith("0"):
            mark = f'<i class="hk-m hk-m-{shape} hk-{kind}" aria-hidden="true"></i>'
            first, of, tried = piece.partition(" of ")
            pieces.append((Raw(f'<span class="hk-tied">{mark} '), first, Raw("</span>"), of, tried))
        else:
            pieces.append(piece)
    return joined(pieces)


def disputed_by(context: Context, head: Head) -> Cell:
    """Papers that contest the type, and how many other disputes the block below tells of."""
    disputes = context.catalog.disputes.of_type.get(head.id, ())
    if not disputes:
        return "No dispute about it is in the catalog."
    kinds = Counter(dispute.kind for dispute in disputes)
    papers = refs("papers", [d.by.split("/", 1)[1] for d in disputes if d.kind == "paper"])
    others: Mapping[DisputeKind, tuple[str, str]] = {
        "claims": ("claim against others", "claims against others"),
        "tables": ("pair of published tables that differ", "pairs of published tables that differ"),
        "off": ("claim that headkb's runs contradict", "claims that headkb's runs contradict"),
    }
    rest = [f"{n} {names[n > 1]}" for kind, names in others.items() if (n := kinds[kind])]
    there = f"(@{record_path('heads', head.id)}#disputed)"
    parts: list[Cell] = [papers] if kinds["paper"] else []
    parts.append(f"[{', '.join(rest) if rest else 'what they say'}]{there}")
    return (joined(parts, "; "), ".")


def _alias(name: str, kind: str, paper: str | None) -> Cell:
    label = {"abbreviation": " (short)", "translation": " (translated)"}.get(kind, "")
    return (plain(name) + label, (" (in ", ref("papers", paper), ")") if paper else "")


def _grey(cell: Cell) -> Cell:
    """Words that stand back behind the answer."""
    return (Raw('<span class="hk-q">'), cell, Raw("</span>")) if cell else ""
