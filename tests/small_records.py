"""Small records with known answers: head types, runs and claims that say just what a test needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headkb.catalog.schema import Claim, Head, Model, Run, parse_head
from headkb.catalog.schema.claim import Measure

ZEROS = "0" * 64
SEEN, FAINT = 1.0, 0.2  # accuracies of a model that does the behaviour of the checks, and of one that does not


def head_type(recipes: Mapping[str, str], *checks: Mapping[str, Any], **more: Any) -> Head:
    """A head type with these recipes (id → role) and causal checks."""
    known = [
        {"id": name, "role": role, "score": "previous-token", "prompts": "random-tokens", "threshold": 0.5}
        for name, role in recipes.items()
    ]
    facts: dict[str, Any] = {
        "id": "sparkle",
        "name": "Sparkle Head",
        "stage": "first-stage",
        "category": "noticing",
        "placement": {"by": "headkb", "reason": "a test"},
        "definition": "Looks back by one.",
        "recipes": known,
        "defined_by": "a test",
    }
    if checks:
        facts["ablation"] = {"intervention": "silence it", "prediction": "a fall", "checks": list(checks)}
    return Head.model_validate(facts | more)


def check(name: str = "falls", **more: Any) -> dict[str, Any]:
    """A causal check: the accuracy of a model that reaches a half must fall by a tenth."""
    facts = {"id": name, "prompts": "random-tokens", "metric": "accuracy", "at": "body", "clean": 0.5}
    return {**facts, "reason": "a test", **more}


def outcome(result: str, heads: str, of: Mapping[str, Any] | None = None, *, why: str = "") -> dict[str, Any]:
    """What came of a check with these heads silenced; its numbers say the result."""
    of = of or check()
    clean, silenced, interval = {
        "confirmed": (SEEN, 0.2, (0.7, 0.9)),
        "refuted": (SEEN, 0.95, (0.0, 0.09)),
        "opposite": (SEEN, 1.5, (-0.6, -0.4)),
        "undecided": (FAINT, 0.2, (0.0, 0.0)),
    }[result]
    facts: dict[str, Any] = {"check": dict(of), "heads": heads.split(), "result": result}
    if why:
        return facts | {"why": why}
    random = [] if result == "undecided" else [["L9H0"], ["L9H1"], ["L9H2"]]
    row = {"seed": 1, "sha256": ZEROS, "clean": clean, "silenced": silenced, "control": [clean for _ in random]}
    facts |= {"draws": random, "seeds": [row], "interval": interval}
    return facts | ({"why": "The model does not show the behaviour."} if result == "undecided" else {})


def behaviour(clean: float | None, of: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Whether a model does what a check needs; None = it could not be asked."""
    rows = [] if clean is None else [{"seed": 1, "sha256": ZEROS, "clean": clean}]
    return {"check": dict(of or check()), "seeds": rows} | ({} if rows else {"why": "The prompts have no answers."})


def run(name: str = "one", heads: str = "", **more: Any) -> Run:
    """A run of the recipe `default` on jar-small that finds these heads, strongest first; `recipe` or `claim` make it another's."""
    facts: dict[str, Any] = {
        "id": name,
        "head": "sparkle",
        "score": "previous-token",
        "score_version": 1,
        "model": "jar-small",
        "model_source": "directory",
        "prompts": {"generator": "random-tokens", "sha256": ZEROS},
        "dtype": "float32",
        "attention": "eager",
        "bos": "none",
        "versions": {},
        "hardware": "a jar",
        "seconds": 1,
        "date": "2026-01-01",
        "values": [[0.0] * 4] * 2,
        "heads": heads.split(),
    }
    return Run.model_validate(facts | ({} if "claim" in more else {"recipe": "default"}) | more)


WITHDRAWN: dict[str, Any] = {"invalidation": {"date": "2026-01-02", "reason": "a test"}}
GLOW = Measure.model_validate(
    {"name": "Glow", "definition": "Looks back.", "score": "previous-token", "prompts": "random-tokens"}
)


def claim(**more: Any) -> Claim:
    """A claim that gives L0H0 the value 0.9 ± 0.05, unless it says otherwise."""
    facts: dict[str, Any] = {
        "id": "small-sparkle",
        "head": "sparkle",
        "model": "jar-small",
        "statement": "It looks back.",
        "measure": "glow",
        "source": {"paper": "moss-1999-sparkle", "locator": "table 1"},
        "confidence": "high",
    }
    return Claim.model_validate(
        facts | (more if "table" in more else {"values": {"L0H0": 0.9}, "tolerance": 0.05} | more)
    )


def claim_run(
    name: str = "one", asked: float = 0.9, allowed: float = 0.05, *, on: Mapping[str, float], **more: Any
) -> Run:
    """A run against a claim that gave these heads of jar-small these values."""
    rows: list[list[float | None]] = [[None] * 4, [None] * 4]
    for text, value in on.items():
        head = parse_head(text)
        rows[head.layer][head.head] = value
    expected = [{"head": head, "value": asked, "tolerance": allowed, "reason": "claimed"} for head in on]
    facts = {"claim": "moss-1999-sparkle/small-sparkle", "values": rows, "expected": expected}
    return run(name, **facts | more)


def model(name: str = "jar-small", kind: str = "unreleased", **more: Any) -> Model:
    """A model of 2 layers of 4 heads."""
    return Model.model_validate(
        {"id": name, "name": name, "kind": kind, "family": "jar", "n_layers": 2, "n_heads": 4} | more
    )
