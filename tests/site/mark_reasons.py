"""Why a type is shown in a model, or is not: the sentence as clauses, each held against the records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.plain_showings import Shown, Tried, deciding, does_it, mean_of
from tests.site.mark_sentences import HEADS, IDS, NUMBER, Told, named

FOUND = rf"[a-z0-9-]+: (?:no head|{HEADS})"


def reason(text: str, of: Tried, shown: Shown) -> Told:
    """A sentence that says what holds: each of its clauses by itself, and that it is one for this showing."""
    text = re.sub(r"\.$", "", text.strip())
    told, free = _stated(text, of)
    heads = shown.heads or of.meeting
    yield "a reason", bool(text), True
    for clause in re.split(r"; |, and |, so (?=no )", told) if told else ():
        yield from _clause(clause, of, shown, heads)
    if free:
        yield "a reason in the words of a check", shown.word, "undecided"
    if shown.word == "shown":
        yield "why it is shown", bool(re.search("is confirmed for|has no causal check", text)), True


def _stated(text: str, of: Tried) -> tuple[str, str]:
    """A sentence without what the record of a check or of a behaviour states about itself, and that."""
    for seen in [*of.asked, *of.made]:
        why = re.sub(r"\.$", "", " ".join(str(seen.get("why") or "").split()))
        if why and text.casefold().endswith(why.casefold()):
            return re.sub(r"(?:; |, and )$", "", text[: -len(why)]), why
    return text, ""


def _clause(clause: str, of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    if clause in FIXED:
        yield clause, FIXED[clause](of), True
        return
    for pattern, reader in CLAUSES.items():
        if match := re.fullmatch(pattern, clause):
            yield from reader(match, of, shown, heads)
            return
    yield "clause", clause, "nothing that is understood"


def _supporting(of: Tried) -> set[str]:
    return {name for name in of.of_role("supporting") if name in of.newest}


FIXED: Mapping[str, Callable[[Tried], bool]] = {
    "every run was withdrawn": lambda of: not of.newest,
    "no head passes all of them": lambda of: not of.absent and not of.meeting,
    "no head passes": lambda of: bool(of.tried) and not any(of.found[name] for name in of.tried),
    "the type has no causal check": lambda of: not of.checks,
    "no behaviour was asked for": lambda of: not of.asked,
    "whether the model does the behaviour was not asked": lambda of: bool(of.checks) and not of.asked,
    "the model does the behaviour": lambda of: any(map(does_it, of.asked)),
    "no recipe defines the type": lambda of: not of.of_role("defining"),
    "no head passes what supports it": lambda of: bool(_supporting(of)) and not any(map(of.found.get, _supporting(of))),
    "what was run is a screen": lambda of: bool(of.newest) and not _supporting(of),
    "no head was silenced in every causal check": lambda of: (
        not of.meeting.intersection(*(set(outcome.get("heads", ())) for outcome, _ in deciding(of.made)))
    ),
    "nothing could be compared": lambda of: not any(one.get("why") for one in [*of.asked, *of.made]),
}
"""Clause → whether it is true."""


def _passed(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    told = dict(piece.split(": ", 1) for piece in re.findall(FOUND, match[0]))
    yield "recipes of a reason", set(told), set(of.tried)
    for recipe, some in told.items():
        yield f"heads of {recipe}", *named(some, of.found.get(recipe, ()))


def _met(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    yield "heads that met every criterion", *named(match[1], heads)
    yield "heads that met every criterion are such", heads <= of.meeting, True


def _them(word: str, heads: frozenset[str]) -> tuple[str, str]:
    return word, "it" if len(heads) == 1 else "them"


def _confirmed(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    yield "heads confirmed", *_them(match[1], heads)
    yield "checks confirmed", {result for _, result in deciding(of.made)}, {"confirmed"}
    yield "a showing that is confirmed", (shown.word, of.left, bool(of.checks)), ("shown", set(), True)


def _silenced(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    """What silencing some heads did: those that were silenced where a check ended so."""
    result = "opposite" if "other way" in match[0] else "refuted"
    some = {h for o, said in deciding(of.made) if said == result for h in o.get("heads", ())} & of.meeting
    if match[1] in ("it", "them"):
        yield "heads silenced", (_them(match[1], of.meeting), some), (2 * (match[1],), of.meeting)
    else:
        yield "heads silenced", *named(match[1], some)


def _with_others(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    made = {o["check"]["id"] for name in of.tried for o in of.newest[name].get("causal") or ()}
    yield "checks made with others", set(match[1].split(", ")), of.left & made
    yield "heads not silenced", *_them(match[2], heads)


def _no_check(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    yield "checks made", of.made, []
    yield "heads not silenced", *_them(match[1], heads)


def _not_made(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    yield "checks not made", set(match[1].split(", ")), of.left
    yield "heads not silenced", *_them(match[2], heads)


def _does_not(match: re.Match[str], of: Tried, shown: Shown, heads: frozenset[str]) -> Told:
    asked = [one for one in [*of.asked, *of.made] if one.get("seeds") and not does_it(one)]
    fits = [
        one
        for one in asked
        if (one["check"]["metric"], f"{mean_of(one, 'clean'):.3g}", f"{float(one['check']['clean']):g}")
        == match.groups()
    ]
    yield "a behaviour that the model does not do", bool(fits), True


CLAUSES: Mapping[str, Callable[[re.Match[str], Tried, Shown, frozenset[str]], Told]] = {
    rf"{FOUND}(?:, {FOUND})*": _passed,
    rf"not tried: ({IDS})": lambda m, of, *_: iter([("recipes not tried", set(m[1].split(", ")), of.absent)]),
    rf"heads pass ({IDS}), which supports the type and does not define it": lambda m, of, *_: iter(
        [("recipes that support", set(m[1].split(", ")), {name for name in _supporting(of) if of.found[name]})]
    ),
    rf"no defining recipe was run: ({IDS})": lambda m, of, *_: iter(
        [("recipes not run", (set(m[1].split(", ")), of.tried), (of.absent, []))]
    ),
    rf"({HEADS}) met every defining criterion": _met,
    r"the causal check is confirmed for (it|them)": _confirmed,
    rf"silencing (it|them|{HEADS}) does not do what the type predicts": _silenced,
    rf"silencing ({HEADS}) moves the behaviour the other way": _silenced,
    rf"the causal check ({IDS}) silenced others with (it|them)": _with_others,
    rf"the causal check ({IDS}) was not made with (it|them)": _not_made,
    r"no causal check decides about (it|them)": lambda m, of, _, heads: iter(
        [("checks that decide", deciding(of.made), []), ("checks made", bool(of.made) and not of.left, True)]
    ),
    r"no causal check was made with (it|them)": _no_check,
    rf"the model does not do the behaviour \(([a-z_]+) ({NUMBER}), needed ({NUMBER})\)": _does_not,
}
"""Clause → what it says of a type in a model."""
