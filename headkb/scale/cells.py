"""A sweep's file → its cells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog, Statement
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.settings import read_settings
from headkb.catalog.source import Field
from headkb.errors import HeadkbError
from headkb.keywords import keywords_of
from headkb.models import FoundWeights, find_weights
from headkb.plugins import load_plugins
from headkb.prompts import get_generator
from headkb.reproduce import Plan, claims_named, code_sha256, content_of_plan, digest_of, plan_of_claim, plans_of_head
from headkb.reproduce.carry_out import at_seed
from headkb.reproduce.measure import versions
from headkb.scale.cell import CellKind, Loading, SweepCell, room_of
from headkb.scale.sweep_file import ALL, ReadSweep, SweepFileError, SweepModel, SweepScore
from headkb.scores import get_score


def plugin_files(read: ReadSweep) -> list[Path]:
    """The plug-ins of a sweep; a relative path begins at its file."""
    return [read.path.parent / name for name in read.sweep.plugins]


def cells_of(read: ReadSweep, catalog: Catalog) -> list[SweepCell]:
    """The cells of a sweep, model by model.

    Args:
        read: The file.
        catalog: Where models, scores, recipes and claims are looked up.

    Raises:
        SweepFileError: If something that it names does not exist or does not go together; with every problem.
    """
    planner = _Planner(read, catalog)
    try:
        load_plugins(plugin_files(read))
    except HeadkbError as error:
        raise SweepFileError([read.fault(("plugins",), str(error), "mend the plug-in, or remove it")]) from None
    cells = list(planner.cells())
    if planner.faults:
        raise SweepFileError(planner.faults)
    unique = {cell.key: cell for cell in cells}
    return list(unique.values())


class _Planner:
    """Makes the cells and collects what is wrong."""

    def __init__(self, read: ReadSweep, catalog: Catalog) -> None:
        self.read, self.sweep, self.catalog = read, read.sweep, catalog
        self.faults: list[Diagnostic] = []
        self._contents: dict[tuple[str, int | None, str], str] = {}

    def cells(self) -> Iterator[SweepCell]:
        scores = [one for n, entry in enumerate(self.sweep.scores) if (one := self._score(n, entry)) is not None]
        types = self._types()
        models = [
            (entry, weights)
            for n, entry in enumerate(self.sweep.models)
            if (weights := self._weights(("models", n), entry)) is not None
        ]
        claims = self._claims([weights.id for _, weights in models])
        about = sorted({claim.claim.model for claim in claims}) if not self.sweep.models else []
        models += [(SweepModel(model=id_), found) for id_ in about if (found := self._of_claims(id_)) is not None]
        for entry, weights in models:
            for dtype in self.sweep.dtypes:
                room = room_of(weights.parameters, dtype, entry.memory_gb)
                spread = "auto" if self.sweep.device == "cuda" and self.sweep.gpus > 1 else None
                options = (entry.part, self.sweep.device, self.sweep.batch_tokens, spread)
                loading = Loading(_place(entry.model), entry.revision, dtype, *options, weights, room)
                for subject, asked in scores:
                    yield from (self._score_cell(loading, subject, asked, seed) for seed in self.sweep.seeds or (0,))
                for head in types:
                    yield from self._planned(loading, "recipe", head)
                for claim in _claims_on(self.catalog, claims, weights.id):
                    yield from self._planned(loading, "claim", claim.id)

    def _fault(self, place: Field, error: Exception | str, fix: str) -> None:
        text = str(error)
        self.faults.append(self.read.fault(place, text if text.endswith((".", "?")) else f"{text}.", fix))

    def _weights(self, place: Field, entry: SweepModel) -> FoundWeights | None:
        try:
            if not Path(entry.model).is_dir():
                self.catalog.raise_if_refused("models", entry.model)
            return find_weights(_place(entry.model), revision=entry.revision, catalog_models=self.catalog.models)
        except HeadkbError as error:
            self._fault(place, error, "name another model, or one whose weights are fixed")
            return None

    def _of_claims(self, id_: str) -> FoundWeights | None:
        return self._weights(("claims",), SweepModel(model=id_))

    def _score(self, number: int, entry: SweepScore) -> tuple[str, dict[str, Any]] | None:
        place: Field = ("scores", number)
        try:
            score = get_score(entry.score)
            maker = get_generator(entry.generator or score.prompts)
            record = self.catalog.scores.get(score.id)
            variants = record.variants if record else {}
            if entry.variant is not None and entry.variant not in variants:
                fix = f"it has {', '.join(variants) or 'none'}"
                self._fault((*place, "variant"), f"{score.id} has no variant {entry.variant!r}.", fix)
                return None
        except HeadkbError as error:
            self._fault(place, error, "`headkb score --help` lists the scores")
            return None
        texts = [f"{key}={_text(value)}" for key, value in {**self.sweep.settings, **entry.settings}.items()]
        owners = (maker.id, keywords_of(maker.function)), (score.id, keywords_of(score.function))
        try:
            for_prompts, for_score = read_settings(texts, *owners)
        except HeadkbError as error:
            where = (*place, "settings") if entry.settings else ("settings",)
            fix = f"`headkb show scores {score.id}` lists its parameters"
            self._fault(where, str(error).removeprefix("--set "), fix)
            return None
        own = dict(variants[entry.variant].parameters) if entry.variant is not None else {}
        return score.id, {
            "generator": entry.generator,
            "parameters": {"n": entry.prompts or self.sweep.prompts, **for_prompts},
            "score_parameters": {**own, **for_score},
            "needs": list(record.needs) if record else [],
            "version": score.version,
            "prompts": maker.id,
        }

    def _types(self) -> list[str]:
        types: list[str] = []
        for number, name in enumerate(self.sweep.recipes):
            if name == ALL:
                types += [head.id for head in self.catalog.heads.values() if head.recipes]
                continue
            try:
                head = self.catalog.resolve("heads", name)
                plans_of_head(self.catalog, head)
                types.append(head.id)
            except HeadkbError as error:
                self._fault(("recipes", number), error, "name a head type that has recipes, or `all`")
        return list(dict.fromkeys(types))

    def _claims(self, models: list[str]) -> list[Statement]:
        """The claims that can be run; a claim that was named itself must be, a group of them leaves the others out."""
        found: dict[str, Statement] = {}
        for number, name in enumerate(self.sweep.claims):
            try:
                group = claims_named(self.catalog, [name])
                able = [claim for claim in group if self._can_be_run(claim, alone=len(group) == 1)]
                if models and not any(_claims_on(self.catalog, able, model) for model in models):
                    about = ", ".join(sorted({claim.claim.model for claim in group}))
                    raise HeadkbError(f"{name} is about {about}, and `models` names neither it nor a copy of it")
                found |= {claim.id: claim for claim in able}
            except HeadkbError as error:
                self._fault(("claims", number), error, "`headkb reproduce --claims` says which claims can be run")
        return list(found.values())

    def _can_be_run(self, claim: Statement, *, alone: bool) -> bool:
        try:
            plan_of_claim(claim)
        except HeadkbError:
            if alone:
                raise
            return False
        return True

    def _score_cell(self, loading: Loading, subject: str, asked: Mapping[str, Any], seed: int) -> SweepCell:
        key = self._key(loading, "score", subject, seed, asked)
        group = json.dumps([seed, asked["prompts"], asked["parameters"]], sort_keys=True, default=str)
        return SweepCell(key, "score", subject, loading, seed, asked, group=group)

    def _planned(self, loading: Loading, kind: CellKind, subject: str) -> Iterator[SweepCell]:
        for seed in self.sweep.seeds or (None,):
            known = (f"{kind} {subject}", seed, loading.weights.id)
            if known not in self._contents:
                plans = plans_at(self.catalog, kind, subject, seed, loading.part)
                self._contents[known] = content_hash(self.catalog, plans, loading.weights.id)
            content = self._contents[known]
            key = self._key(loading, kind, subject, seed, {"content": content})
            yield SweepCell(key, kind, subject, loading, seed, content=content, group=key)

    def _key(self, loading: Loading, kind: CellKind, subject: str, seed: int | None, asked: Mapping[str, Any]) -> str:
        device = loading.device.partition(":")[0]
        where = [
            loading.weights.id,
            loading.weights.identity,
            loading.dtype,
            loading.part,
            device,
            loading.batch_tokens,
        ]
        content = {"kind": kind, "subject": subject, "seed": seed, "where": where, "asked": dict(asked)}
        return digest_of(content, {"versions": versions(), "code": code_sha256(), "plugins": self._hashes})

    @cached_property
    def _hashes(self) -> dict[str, str]:
        """Name → SHA-256 of each plug-in."""
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in plugin_files(self.read)}


def plans_at(catalog: Catalog, kind: CellKind, subject: str, seed: int | None, part: str | None) -> list[Plan]:
    """The plans of a head type or a claim, on the prompts of a seed; None = their own."""
    plans = (
        plans_of_head(catalog, catalog.heads[subject])
        if kind == "recipe"
        else [plan_of_claim(catalog.statement(subject))]
    )
    plans = plans if seed is None else [at_seed(plan, seed) for plan in plans]
    return plans if part is None else [replace(p, parameters={**p.parameters, "part": part}) for p in plans]


def content_hash(catalog: Catalog, plans: list[Plan], model_id: str) -> str:
    """A hash of what a catalog says of plans on a model."""
    return digest_of({"plans": [content_of_plan(catalog, plan, model_id) for plan in plans]})


def _claims_on(catalog: Catalog, claims: list[Statement], model_id: str) -> list[Statement]:
    """Those of the claims that are about a model, or about the one that it is a quantised copy of."""
    record = catalog.models.get(model_id)
    about = {model_id, record.quantisation_of if record else None}
    return [claim for claim in claims if claim.claim.model in about]


def _place(name: str) -> str:
    """A folder or file as a worker finds it, wherever it was started; another name as it is."""
    return str(Path(name).resolve()) if Path(name).exists() else name


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
