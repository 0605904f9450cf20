"""The exact models: what their heads do is known by construction, so they tell a right engine and score from a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from headkb.errors import UnknownNameError
from headkb.exact.build import build_bidirectional, build_causal
from headkb.exact.layout import (
    AGAINST,
    INHIBITED,
    N_HEADS,
    OUTPUT,
    PREVIOUS,
    REPEATED,
    SHARP,
    HeadDesign,
)
from headkb.exact.tokenizer import DELIMITER, VOCABULARY
from headkb.head_index import HeadIndex

Truth = Mapping[str, Mapping[HeadIndex, float]]
"""Score id → head → the value that the score must give, to 1e-6, on its default prompts."""

L0H0, L0H1, L0H2, L0H3 = (HeadIndex(0, head) for head in range(N_HEADS))
L1H0, L1H1, L1H2, _ = (HeadIndex(1, head) for head in range(N_HEADS))


@dataclass(frozen=True)
class ExactModel:
    """A model with hand-set weights.

    Attributes:
        id: Permanent name, kebab-case, a catalog id of kind `exact`.
        layers: The heads of each layer that do something; the others of its four attend to all they see alike.
        truth: What scores must find.
        summary: What the heads do, in one sentence.
        bidirectional: Built as a BERT and not as a GPT-2.
        by_weights: What methods that read matrices must find: id → its parameters, and head → value.
    """

    id: str
    layers: tuple[tuple[HeadDesign, ...], ...]
    truth: Truth
    summary: str
    bidirectional: bool = False
    by_weights: Mapping[str, tuple[Mapping[str, Any], Mapping[HeadIndex, float]]] = field(default_factory=dict)

    @property
    def n_layers(self) -> int:
        """Number of layers."""
        return len(self.layers)

    def build(self) -> Any:
        """The model, in evaluation mode, float32, the same bit for bit each time."""
        return build_bidirectional(self.layers[0]) if self.bidirectional else build_causal(self.layers)


# A head that gives its target three quarters and itself one quarter: the gap of logits is log 3. A smaller weight than SHARP keeps
# the rounding of the logits, and so of the ratio, below 1e-6.
_SOFT = 40.0
_SELF = HeadDesign(offset=((0, SHARP),))
_UNIFORM = HeadDesign()
_FIRST = HeadDesign(at_position=((0, SHARP),))
_PREVIOUS = HeadDesign(offset=((-1, SHARP),), writes=PREVIOUS)
# At either end of a bidirectional model's text there is no neighbour to look at: the head then rests on itself.
_NEXT = HeadDesign(offset=((1, SHARP), (0, SHARP / 2)))
_BACK = HeadDesign(offset=((-1, SHARP), (0, SHARP / 2)))
# Earlier copies share all attention. The query's own position is a copy too and is put out of the running; without an earlier copy
# the head rests on the first position.
_DUPLICATE = HeadDesign(same_token=SHARP, offset=((0, -2 * SHARP),), at_position=((0, SHARP / 2),), writes=OUTPUT)
# Keys whose previous token is the query's. The head below writes "token 0 stands before position 0" there, having nothing else to
# look at, so position 0 is put out of the running; so is the query's own position. Without a match the head rests on position 1.
_INDUCTION = HeadDesign(
    after_same_token=SHARP, offset=((0, -SHARP),), at_position=((0, -2 * SHARP), (1, SHARP / 2)), writes=OUTPUT
)
_STOP = VOCABULARY[DELIMITER]
_COPY = HeadDesign(offset=((-1, SHARP),), writes=OUTPUT)
_ANTI_COPY = HeadDesign(offset=((-1, SHARP),), writes=AGAINST)
# The classes that a successor head knows, each a circle, so that a successor is never a matter of where the class ends.
_CIRCLES = (ascii_uppercase, ascii_lowercase, digits)
_SUCCESSORS = tuple(
    (VOCABULARY[sign], VOCABULARY[circle[(at + 1) % len(circle)]])
    for circle in _CIRCLES
    for at, sign in enumerate(circle)
)
_SUCCESSOR = HeadDesign(offset=((0, SHARP),), writes=OUTPUT, becomes=_SUCCESSORS)
# Capital letters are names. Three heads finish "A and B …, A …": one marks the second A as a repetition, one carries that mark to every later
# place, and one looks at names, but not at the marked one.
_NAMES = tuple(VOCABULARY[letter] for letter in ascii_uppercase)
_MARK = HeadDesign(same_token=SHARP, offset=((0, -2 * SHARP),), at_position=((0, SHARP / 2),), writes=REPEATED)
_INHIBIT = HeadDesign(
    at_repeated=tuple((name, SHARP) for name in _NAMES), at_position=((0, SHARP / 2),), writes=INHIBITED
)
_MOVE = HeadDesign(
    query=INHIBITED,
    same_token=-2 * SHARP,
    compared=_NAMES,
    at_token=tuple((name, SHARP) for name in _NAMES),
    at_position=((0, SHARP / 2),),
    writes=OUTPUT,
)

_ALL: tuple[ExactModel, ...] = (
    ExactModel(
        "exact-previous-token",
        ((_PREVIOUS, _SELF, HeadDesign(offset=((-1, _SOFT), (0, _SOFT - log(3))))),),
        {
            "previous-token": {L0H0: 1.0, L0H1: 0.0, L0H2: 0.75},
            "entropy": {L0H0: 0.0, L0H1: 0.0, L0H3: 1.0},
            "next-token": {L0H0: 0.0, L0H1: 0.0, L0H2: 0.0, L0H3: 0.0},
        },
        "L0H0 looks at the token before, L0H1 at itself, L0H2 gives the token before three quarters, L0H3 looks everywhere.",
    ),
    ExactModel(
        "exact-next-token",
        ((_NEXT, _BACK, HeadDesign(offset=((1, _SOFT), (0, _SOFT - log(3))))),),
        {
            "next-token": {L0H0: 1.0, L0H1: 0.0, L0H2: 0.75},
            "previous-token": {L0H0: 0.0, L0H1: 1.0, L0H2: 0.0},
            "entropy": {L0H3: 1.0},
        },
        "A bidirectional model: L0H0 looks at the token after, L0H1 at the one before, L0H2 gives the token after three quarters.",
        bidirectional=True,
    ),
    ExactModel(
        "exact-duplicate-token",
        ((_DUPLICATE, _SELF, HeadDesign(same_token=-SHARP)),),
        {"duplicate-token": {L0H0: 1.0, L0H1: 0.0, L0H2: 0.0}, "entropy": {L0H3: 1.0}},
        "L0H0 looks at earlier copies of the token, L0H1 at itself, L0H2 at everything but copies.",
    ),
    ExactModel(
        "exact-induction",
        ((_PREVIOUS,), (_INDUCTION, _FIRST, _SELF)),
        {
            "induction": {L0H0: 0.0, L1H0: 1.0, L1H1: 0.0, L1H2: 0.0},
            "previous-token": {L0H0: 1.0, L1H2: 0.0},
            "attention-to-first": {L1H1: 1.0, L1H2: 0.0},
            "duplicate-token": {L0H0: 0.0, L1H0: 0.0, L1H2: 0.0},
        },
        "L0H0 writes the token before; L1H0 matches it against its own token (K-composition) and copies what it finds to the logits.",
    ),
    ExactModel(
        "exact-attention-to-first",
        ((_FIRST, _SELF, HeadDesign(at_position=((0, -SHARP),))),),
        {
            "attention-to-first": {L0H0: 1.0, L0H1: 0.0, L0H2: 0.0},
            "entropy": {L0H0: 0.0, L0H1: 0.0, L0H3: 1.0},
        },
        "L0H0 rests on the first position, L0H1 on itself, L0H2 looks everywhere but at the first position.",
    ),
    ExactModel(
        "exact-attention-to-delimiter",
        ((HeadDesign(at_token=((_STOP, SHARP),)), _SELF, HeadDesign(at_token=((_STOP, -SHARP),))),),
        {"attention-to-delimiter": {L0H0: 1.0, L0H1: 0.0, L0H2: 0.0}, "entropy": {L0H1: 0.0, L0H3: 1.0}},
        "L0H0 looks at full stops, L0H1 at itself, L0H2 at everything but full stops.",
    ),
    ExactModel(
        "exact-entropy",
        ((_UNIFORM, _SELF, _FIRST),),
        {"entropy": {L0H0: 1.0, L0H1: 0.0, L0H2: 0.0, L0H3: 1.0}},
        "L0H0 and L0H3 look at everything alike, L0H1 at itself, L0H2 at the first position.",
    ),
    ExactModel(
        "exact-copying",
        ((_COPY, _ANTI_COPY),),
        {
            "previous-token": {L0H0: 1.0, L0H1: 1.0},
        },
        "L0H0 and L0H1 both look at the token before; L0H0 raises its logit (copying), L0H1 lowers it (anti-copying).",
        by_weights={"ov-copying": ({}, {L0H0: 1.0, L0H1: -1.0})},
    ),
    ExactModel(
        "exact-successor",
        ((_SUCCESSOR, _SELF),),
        {"entropy": {L0H0: 0.0, L0H1: 0.0}},
        "L0H0 looks at its own token and writes the next letter or digit of the alphabet, L0H1 looks there too and writes nothing.",
        # There is no MLP whose output could be read instead of the token itself.
        by_weights={"successor": ({"embedding_kind": "token"}, {L0H0: 1.0, L0H1: 0.0})},
    ),
    ExactModel(
        "exact-name-mover",
        ((_MARK,), (_INHIBIT,), (_MOVE,)),
        {"duplicate-token": {L0H0: 1.0}, "entropy": {L0H3: 1.0}},
        "L0H0 marks a repeated capital letter, L1H0 carries the mark on (S-inhibition), and L2H0 moves the other capital to the logits, since "
        "its query avoids the marked one (Q-composition).",
    ),
)

EXACT: dict[str, ExactModel] = {model.id: model for model in _ALL}


def build(name: str) -> tuple[Any, Truth]:
    """An exact model and what scores must find in it.

    Args:
        name: Id in `EXACT`.

    Returns:
        The transformers model, and score id → head → value, each to 1e-6 on the score's default prompts.

    Raises:
        UnknownNameError: If there is no such model.
    """
    if name not in EXACT:
        raise UnknownNameError("exact model", name, EXACT, f"There are {', '.join(EXACT)}.")
    return EXACT[name].build(), EXACT[name].truth
