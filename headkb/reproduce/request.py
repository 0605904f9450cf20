"""What is asked of a model: one score on one set of prompts, refused before any pass where the model lacks what it needs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headkb.head_index import HeadIndex
from headkb.keywords import COUNTS, typed
from headkb.models import LoadedModel
from headkb.prompts import get_generator, make_prompts
from headkb.reproduce.needs import check_length, check_needs, check_part, check_prompts
from headkb.scores import Score, get_score
from headkb.tensors import Prompts


@dataclass(frozen=True)
class Request:
    """One score on one set of prompts, of a model that can have both; nothing has been computed yet.

    Attributes:
        score: The score.
        score_parameters: Its keywords, where not the defaults.
        generator: Id of the prompt generator; of given prompts what their meta says.
        n: Number of prompts.
        seed: Their seed.
        parameters: Keywords of the generator, where not the defaults.
        part: Stack that was asked for; None = the model's own choice.
        stack: Stack that is read.
        heads: The heads that are asked for; None = all. No part of what a run records.
        given: Prompts that are there already, as the model reads them, in place of a generator's.
    """

    score: Score
    score_parameters: Mapping[str, Any]
    generator: str
    n: int
    seed: int
    parameters: Mapping[str, Any]
    part: str | None
    stack: str
    heads: tuple[HeadIndex, ...] | None = None
    given: Prompts | None = None

    def of_prompts(self) -> str:
        """Equal for requests with the same prompts and stack, in whichever way their keywords are written."""
        if self.given is not None:
            return json.dumps(["given", id(self.given), self.stack], allow_nan=False)
        keywords = {**get_generator(self.generator).parameters, **self.parameters}
        return json.dumps([self.generator, self.n, self.seed, self.stack, keywords], sort_keys=True, default=str)

    def whole(self) -> str:
        """Equal for requests that have the same measurement, as it is recorded."""
        own = [self.score.id, dict(self.score_parameters), dict(self.parameters), self.part, self.heads]
        return json.dumps([self.of_prompts(), *own], sort_keys=True, default=str)


def request(
    score_id: str,
    loaded: LoadedModel,
    *,
    generator: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    score_parameters: Mapping[str, Any] | None = None,
    needs: Collection[str] = (),
    part: str | None = None,
    given: Prompts | None = None,
) -> Request:
    """What is asked of a model, refused where the model lacks what it needs; arguments and errors are those of `measure`.

    With `given` prompts, as `headkb.prompts.text_prompts` or `fitted_prompts` gives them for this model, there is neither generator nor parameters.
    """
    score = get_score(score_id)
    keywords = dict(parameters or {})
    part = keywords.pop("part", None) if part is None else part
    check_part(score, loaded, part)
    stack = loaded.passport.stack(part)
    keywords_of_score = score.check(**(score_parameters or {}))
    if given is not None:
        facts = given.meta
        check_needs(loaded.passport, score, facts["generator"], needs)
        return Request(
            score, dict(keywords_of_score), facts["generator"], len(given), facts.get("seed", 0), dict(facts["parameters"]), part,
            stack.part, given=given,
        )  # fmt: skip
    chosen = generator or (score.prompts if stack.positions is None else "noise-inputs")
    asked = typed(chosen, COUNTS, {"n": keywords.pop("n", COUNTS["n"].default), "seed": keywords.pop("seed", 0)})
    keywords = get_generator(chosen).typed(keywords)
    check_needs(loaded.passport, score, chosen, needs)
    return Request(score, dict(keywords_of_score), chosen, asked["n"], asked["seed"], keywords, part, stack.part)


def limited(asked: Request, heads: Sequence[HeadIndex]) -> Request:
    """The request for some heads alone, where the score can be limited to them; else the request itself, for all heads."""
    return replace(asked, heads=tuple(sorted(heads))) if heads and asked.score.limited_by else asked


def prompts_of(asked: Request, loaded: LoadedModel) -> Prompts:
    """The prompts of a request. Raises HeadkbError if they cannot be made."""
    if asked.given is not None:
        return asked.given
    return make_prompts(asked.generator, loaded, asked.n, asked.seed, part=asked.part, **asked.parameters)


def check_readable(asked: Request, loaded: LoadedModel, prompts: Prompts) -> None:
    """Refuse prompts that the model cannot read. Raises ReproductionError with what to type instead."""
    if asked.given is not None:
        check_length(loaded, prompts, "of your own", "Give shorter ones.")
        return
    check_prompts(loaded, prompts, asked.score, asked.generator, asked.n, asked.seed, recorded(asked))


def recorded(asked: Request) -> dict[str, Any]:
    """The keywords of the prompts as a run records them: with the stack where there are several."""
    return {**asked.parameters, **({} if asked.stack == "self" else {"part": asked.stack})}
