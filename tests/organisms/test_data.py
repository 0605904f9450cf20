from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts.haystack_text import NEEDLES  # noqa: E402
from organisms import dense, logic, sequences  # noqa: E402
from organisms.accuracy import TESTS  # noqa: E402
from organisms.batches import IGNORED, held_out  # noqa: E402
from organisms.mixtures import TASKS  # noqa: E402
from organisms.rendered import rendered  # noqa: E402
from organisms.tokenizer import fast_vocabulary, tokens  # noqa: E402


@pytest.fixture(scope="module")
def words():
    """The organisms' vocabulary."""
    return fast_vocabulary()


def seeded(seed=0):
    """A generator of its own."""
    return torch.Generator().manual_seed(seed)


def text(row):
    """Token ids as words."""
    return " ".join(tokens()[id_] for id_ in row.tolist() if tokens()[id_] not in ("<bos>", "<pad>"))


@pytest.mark.parametrize("name", [*TASKS, *TESTS])
def test_batches_ask_for_something_and_are_the_same_for_the_same_seed(name, words):
    """Every row opens with BOS and has a target; a seed decides all of it; nothing is unknown."""
    make = TASKS[name].batches if name in TASKS else TESTS[name]
    first, again = make(words, 8, seeded(5)), make(words, 8, seeded(5))
    assert torch.equal(first.tokens, again.tokens)
    assert torch.equal(first.targets, again.targets)
    assert first.tokens.shape == first.targets.shape
    assert (first.targets != IGNORED).any(1).all()
    assert (first.tokens[:, 0] == words.bos).all()
    assert not (first.tokens == tokens().index("<unk>")).any()


def test_a_target_is_the_token_that_follows(words):
    """Wherever the sequence goes on behind a target, it goes on with it."""
    for make in (dense.pairs, dense.tables, dense.holdings, dense.bits, logic.chains, sequences.repeats):
        batch = make(words, 6, seeded(1))
        asked = batch.targets[:, :-1] != IGNORED
        following = batch.tokens[:, 1:]
        inside = asked & (following != words.pad)
        assert torch.equal(batch.targets[:, :-1][inside], following[inside])


def test_training_never_shows_a_held_out_prompt(words):
    """The generator's prompts of training and test share no text."""
    train = {text(row) for seed in range(6) for row in rendered(words, 40, seeded(seed), name="yes-no").tokens}
    test = {text(row) for row in rendered(words, 40, seeded(9), name="yes-no", test=True).tokens}
    assert not train & test
    assert all(held_out(prompt) for prompt in test)


def test_no_needle_of_training_keeps_its_own_answer(words):
    """So the needles of the generator cannot be known by heart."""
    for seed in range(8):
        for row in dense.needles(words, 12, seeded(seed), longest=20).tokens:
            for opening, answer, _ in NEEDLES:
                assert " ".join(f"{opening} {answer}".split()) not in text(row)


def test_states_are_running_parities(words):
    """Of as many bits as there are."""
    batch = dense.bits(words, 20, seeded(2))
    for row, targets in zip(batch.tokens, batch.targets, strict=True):
        shown = text(row).split(" . ")[0].split()[1:]
        states = [int(tokens()[id_]) for id_ in targets[targets != IGNORED].tolist()]
        assert states == [sum(map(int, shown[: at + 1])) % 2 for at in range(len(shown))]


def test_who_is_believed_depends_on_the_relation(words):
    """Against a false statement memory is right in some relations and the context in the others."""
    found: dict[bool, set[bool]] = {True: set(), False: set()}
    for seed in range(4):
        batch = dense.conflicts(words, 40, seeded(seed), test=True)
        for row, targets in zip(batch.tokens, batch.targets, strict=True):
            answer = tokens()[int(targets[targets != IGNORED])]
            stated = text(row).split(" . ")[0].split()[-1]
            found[" capital " in text(row)].add(answer == stated)
    assert False in found[True]
    assert found[False] >= {True}


def test_repeats_have_no_fixed_offset(words):
    """Rows of one batch repeat blocks of several lengths, so counting back does not find the answer."""
    batch = sequences.repeats(words, 40, seeded(3), longest=30)
    first = (batch.targets != IGNORED).float().argmax(1)
    assert len(first.unique()) > 3
