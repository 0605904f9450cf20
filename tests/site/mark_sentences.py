"""Sentences on pages as what they say and what the records say: what silencing heads did, what checks predict, what a head does.

Each reader gives triples: what is compared, what the text says, what is true. A text that no reader understands is one of them, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean
from typing import Any

from tests.plain_facts import Facts
from tests.plain_showings import Record, controls_of, mean_of, result_of, side_of, values_of

Told = Iterator[tuple[str, Any, Any]]
"""(what, said, true)."""
BEHAVIOURS = {
    "accuracy": "accuracy",
    "probability": "probability",
    "logit_diff": "logit difference",
    "loss": "loss",
    "mass": "probability of any answer",
}
EXPECTS = {"fall": "must fall by at least", "rise": "must rise by at least", "stay": "may move by at most"}
HEAD = r"L\d+H\d+"
HEADS = rf"{HEAD}(?:, {HEAD})*(?: and \d+ more)?"
IDS = r"[a-z0-9-]+(?:, [a-z0-9-]+)*"
NUMBER = r"-?\d[\d.]*(?:e[+-]?\d+)?"
RESULTS = "confirmed|refuted|opposite|undecided"
EFFECT = rf"(?P<metric>[a-z ]+?) (?P<clean>{NUMBER}) → (?P<silenced>{NUMBER})(?:, random heads (?P<random>{NUMBER}))?"
CHECKED = re.compile(
    rf"(?:(?:(?P<some>\d+) silenced, )?(?:must (?P<must>[a-z]+), )?{EFFECT}: )?(?P<result>{RESULTS})", re.ASCII
)
PLACE = re.compile(
    rf"(?P<score>[^()]+?) on (?P<prompts>[a-z0-9-]+) prompts(?P<set>(?:, [a-z_]+=[^,()]+)*) "
    rf"\((?P<value>{NUMBER}), place (?P<place>\d+) of (?P<of>\d+)\)"
)
WITHOUT = re.compile(
    rf"silencing it(?: together with (?P<others>{HEAD}(?:, {HEAD})*)(?P<more> and others)?)?, on (?P<prompts>[a-z0-9-]+): {EFFECT}"
)
PREDICTED = re.compile(
    rf"check (?P<id>[a-z0-9-]+): (?P<metric>[a-z ]+?)(?: \(at least (?P<clean>{NUMBER}) to begin with\))? "
    r"(?P<expects>m[a-z ]+?) (?P<size>\d+)% of that with the heads silenced"
)


def rounds(said: str, value: float) -> bool:
    """Whether a printed number is this value, to three decimals or six digits."""
    return abs(float(said) - value) <= (0.5001e-3 if abs(value) < 1000 else 1e-5 * abs(value))


def named(text: str, true: Iterable[str]) -> tuple[Any, Any]:
    """Heads named, and how many more: no others than those, and as many."""
    true, found, more = set(true), set(re.findall(HEAD, text)), re.search(r"and (\d+) more", text)
    return (found - true, len(found) + (int(more[1]) if more else 0)), (set(), len(true))


def the_first(text: str, of: Iterable[str], values: Mapping[str, float], side: int) -> bool:
    """Whether the heads that a text names are the strongest of some, in their order; of equal ones any."""
    said = [side * values.get(head, math.nan) for head in re.findall(HEAD, text)]
    return said == sorted((side * values[head] for head in of), reverse=True)[: len(said)]


# ── What silencing heads did ──


def effect(match: re.Match[str], made: Record) -> tuple[Any, Any]:
    """`accuracy 0.535 → 0, random heads 0.47`: behaviour and numbers."""
    metric, control = BEHAVIOURS[made["check"]["metric"]], controls_of(made)
    numbers = [("clean", mean_of(made, "clean")), ("silenced", mean_of(made, "silenced"))]
    numbers += [("random", fmean(control))] if control else []
    said = [name for name, value in numbers if match[name] and rounds(match[name], value)]
    rest = bool(match["random"]) == bool(control)
    return (match["metric"], said, rest), (metric, [name for name, _ in numbers], True)


def checked(text: str, run: Record, found: frozenset[str]) -> Told:
    """`; 7 silenced, must stay, loss 4.2 → 4.2, random heads 4.6: confirmed`, a piece for each check of a run."""
    pieces, made = [piece for piece in text.split("; ") if piece], run.get("causal") or []
    yield "number of checks", len(pieces), len(made)
    for piece, outcome in zip(pieces, made, strict=False):
        match = CHECKED.fullmatch(piece)
        if match is None:
            yield "piece about a check", piece, "nothing that is understood"
            continue
        yield "causal check", match["result"], result_of(outcome)
        if match["metric"] is None:
            yield "a check without random heads", controls_of(outcome) if outcome.get("seeds") else [], []
            continue
        heads, expects = outcome.get("heads", ()), outcome["check"].get("expects", "fall")
        yield "effect", *effect(match, outcome)
        yield "what must happen", match["must"] or "fall", expects
        yield "heads silenced", int(match["some"] or len(found)), len(heads)


def change(text: str, made: Record) -> tuple[Any, Any]:
    """`falls by 98 %, 96 to 99`: the way that the behaviour went, its share and the 95 % interval; nothing where a share says nothing."""
    clean, silenced = mean_of(made, "clean"), mean_of(made, "silenced")
    bounds = [100 * float(bound) for bound in made.get("interval") or ()]
    if made["check"].get("expects", "fall") == "fall":
        bounds = [-bound for bound in bounds]
    if result_of(made) == "undecided" or not bounds or min(bounds) < -100 or silenced < 0:
        return text, "–"
    low, high = sorted(bounds)
    if max(-low, high) < 1:
        return text, "changes by less than 1 %"
    if low < 0 < high:
        return text, "no clear change, " + " to ".join(
            f"{round(n):+d}" if round(n) else "0" for n in (low, high)
        ) + " %"
    near, far = sorted(map(abs, bounds))
    return (
        text,
        f"{'falls' if high <= 0 else 'rises'} by {abs(100 * (silenced / clean - 1)):.0f} %, {near:.0f} to {far:.0f}",
    )


def controls(text: str, made: Record) -> tuple[Any, Any]:
    """`0.534 (0.152 to 0.731; 12 sets)`: mean, least and most with random sets silenced."""
    values, found = controls_of(made), re.fullmatch(rf"({NUMBER}) \(({NUMBER}) to ({NUMBER}); (\d+) sets\)", text)
    if not values or found is None:
        return text, "–"
    true = (fmean(values), min(values), max(values))
    fits = all(rounds(said, value) for said, value in zip(found.groups(), true, strict=False))
    return (fits, int(found[4])), (True, len(made["draws"]))


def prediction(metric: str, clean: str | None, expects: str, size: str, check: Record) -> tuple[Any, Any]:
    """What a check says of itself: `accuracy (at least 0.3 to begin with) must fall by at least 10% of that`."""
    said = (metric, float(clean or 0), expects, float(size) / 100)
    true = (BEHAVIOURS[check["metric"]], float(check["clean"]), EXPECTS[check.get("expects", "fall")])
    return said, (*true, round(float(check.get("size", 0.1)), 2))


# ── What a head of an organism does ──


def does(text: str, facts: Facts, model: str, head: str) -> Told:
    """The places of a head among pattern scores, and what silencing it does: each number from a run that selected it and counts."""
    runs = [run for run in facts.live(model) if head in facts.found_by(run)]
    text = re.sub(r"\.$", "", text)
    text = text[:1].lower() + text[1:]
    places, effects = list(PLACE.finditer(text)), list(WITHOUT.finditer(text))
    rest = WITHOUT.sub("", PLACE.sub("", text)).replace("its highest places among pattern scores are in ", "", 1)
    yield "what a head does", re.sub(r"[,; ]", "", rest), ""
    yield from _places(places, facts, runs, head)
    silenced = [o for run in facts.live(model) for o in run.get("causal") or () if head in o.get("heads", ())]
    silenced = [o for o in silenced if result_of(o) == "confirmed" and o["check"].get("expects") != "stay"]
    for match in effects:
        fits = [o for o in silenced if o["check"]["prompts"] == match["prompts"] and _with(match, o, head)]
        yield "effect", any(said == true for said, true in (effect(match, o) for o in fits)), True


def _with(match: re.Match[str], made: Record, head: str) -> bool:
    """Whether a check silenced these heads beside the one that is meant, and others only if that is said."""
    others = set(made["heads"]) - {head}
    said = set(re.findall(HEAD, match["others"] or ""))
    return said <= others and bool(match["more"]) == bool(others - said) and (bool(said) or not others)


def _places(said: list[re.Match[str]], facts: Facts, runs: list[Record], head: str) -> Told:
    """Scores by name with prompts and parameters, the value and its place; no other score has the head in a higher one."""
    best: dict[str, int] = {}
    known: list[tuple[str, str, dict[str, str], float, int, int]] = []
    for run in runs:
        score, values = facts.records["scores"][run["score"]], values_of(run)
        if "pattern" in score["needs"] and side_of(run) == 1:
            place = 1 + sum(value > values[head] for value in values.values())
            best[score["name"]] = min(place, best.get(score["name"], place))
            parameters = {key: _typed(value) for key, value in (run.get("score_parameters") or {}).items()}
            known.append((score["name"], run["prompts"].get("generator"), parameters, values[head], place, len(values)))
    for match in said:
        parameters = dict(piece.split("=", 1) for piece in match["set"].split(", ") if piece)
        about = (
            match["score"].removeprefix(", ").strip().removeprefix("its highest places among pattern scores are in "),
        )
        fits = [
            one
            for one in known
            if one[:3] == (*about, match["prompts"], parameters)
            and rounds(match["value"], one[3])
            and one[4:] == (int(match["place"]), int(match["of"]))
        ]
        yield f"place of a head in {about[0]}", bool(fits), True
    if said:
        places = [int(match["place"]) for match in said]
        yield "the highest places", places, sorted(best.values())[: len(places)]


def _typed(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
