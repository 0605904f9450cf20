"""Who measures what, and what becomes of cells whose worker is lost: with workers that are no processes, so that each step is chosen."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import ReproductionError
from headkb.models import FoundWeights
from headkb.scale import CellResult, Schedule, SweepCell, carry_out_sweep
from headkb.scale.cell import Loading
from headkb.scale.crew import Lost, Ready, Rested
from headkb.scale.results import Begun

GB = 10**9


def cells(model: str, names: str, room: int = GB, group: str | None = None) -> list[SweepCell]:
    """A cell a letter; each alone unless they have a group."""
    weights = FoundWeights(model, f"sha256:{model}", None, None)
    loading = Loading(model, None, "float32", None, "cpu", None, None, weights, room)
    return [SweepCell(f"{model}.{name}", "score", name, loading, 0, group=group or name) for name in names]


class Players:
    """A crew that plays: `deadly` cells end their worker so many times, `heavy` models do so while they are loaded."""

    largest: int | None = None

    def __init__(self, most: int = 2, memory: int | None = None, deadly=None, heavy=(), faults=()) -> None:
        self.most, self.memory = most, memory
        self.deadly, self.heavy, self.faults = Counter(deadly or {}), set(heavy), list(faults)
        self.rooms: dict[int, int] = {}
        self.inbox: list[tuple[int, object]] = []
        self.begun, self.loads = Counter[str](), list[tuple[int, str]]()
        self.sent: list[list[str]] = []
        self.largest_sum, self.closed, self._held = 0, False, dict[int, str]()

    def start(self, number, room):
        self.rooms[number] = room
        self.largest_sum = max(self.largest_sum, sum(self.rooms.values()))
        assert len(self.rooms) <= self.most
        self.inbox.append((number, self.faults.pop(0) if self.faults else Ready()))

    def send(self, number, cells):
        model = cells[0].loading.name
        self.sent.append([cell.key for cell in cells])
        assert len({cell.loading for cell in cells}) == 1
        assert cells[0].loading.room <= self.rooms[number]
        self.inbox.append((number, Begun()))
        if self._held.get(number) != model:
            self._held[number] = model
            self.loads.append((number, model))
        if model in self.heavy:
            self.inbox.append((number, Lost("killed")))
            return
        for cell in cells:
            self.begun[cell.key] += 1
            self.inbox.append((number, Begun(cell.key)))
            if self.deadly[cell.key] > 0:
                self.deadly[cell.key] -= 1
                self.inbox.append((number, Lost("killed")))
                return
            loading = cell.loading
            self.inbox.append((number, CellResult(cell.key, "score", cell.subject, loading.name, "float32", 0, "done")))
        self.inbox.append((number, Rested()))

    def stop(self, number):
        del self.rooms[number]

    def news(self, seconds):
        news, self.inbox = self.inbox[:1], self.inbox[1:]
        for number, what in news:
            if isinstance(what, Lost):
                self.rooms.pop(number, None)
            yield number, what

    def close(self):
        self.closed = True


def play(todo, crew, tries=3):
    """The results of a sweep by this crew, by key."""
    return {result.key: result for result in carry_out_sweep(Schedule(todo, tries), crew)}


def test_every_cell_gets_one_result_and_is_begun_once():
    """Two models, ten cells, two workers."""
    todo = [*cells("a", "pqrst"), *cells("b", "pqrst")]
    crew = Players()
    results = play(todo, crew)
    assert {result.state for result in results.values()} == {"done"}
    assert results.keys() == {cell.key for cell in todo} == crew.begun.keys()
    assert set(crew.begun.values()) == {1}
    assert crew.closed


def test_a_worker_goes_on_with_the_model_that_it_holds():
    """Two models and two workers: each is loaded once, whatever the order of the cells."""
    todo = [cell for pair in zip(cells("a", "pqrst"), cells("b", "pqrst"), strict=True) for cell in pair]
    crew = Players()
    play(todo, crew)
    assert Counter(model for _, model in crew.loads) == {"a": 1, "b": 1}


def test_cells_of_a_group_go_together():
    """What can share a pass is given to one worker at once."""
    crew = Players(most=1)
    play([*cells("a", "pq", group="one"), *cells("a", "rs", group="two")], crew)
    assert sorted(map(sorted, crew.sent)) == [["a.p", "a.q"], ["a.r", "a.s"]]


def test_a_lost_workers_cells_are_measured_by_others_and_no_finished_one_again():
    """The third of five cells ends its worker once: it is begun twice, the two before it once."""
    crew = Players(most=1, deadly={"a.r": 1})
    results = play(cells("a", "pqrst", group="one"), crew)
    assert {key: result.state for key, result in results.items()} == dict.fromkeys(crew.begun, "done")
    assert crew.begun == {"a.p": 1, "a.q": 1, "a.r": 2, "a.s": 1, "a.t": 1}
    assert {key: result.tries for key, result in results.items() if result.tries != 1} == {"a.r": 2}


def test_what_ends_its_worker_each_time_is_given_up_and_the_rest_goes_on():
    """Three tries, then it is poisoned with the cause; its neighbours are done, each begun once."""
    crew = Players(deadly={"a.q": 99})
    results = play([*cells("a", "pqr", group="one"), *cells("b", "pq")], crew)
    assert results["a.q"].state == "poisoned"
    assert results["a.q"].cause == "its worker ended 3 times: killed"
    assert crew.begun["a.q"] == 3
    del results["a.q"], crew.begun["a.q"]
    assert {result.state for result in results.values()} == {"done"}
    assert set(crew.begun.values()) == {1}


def test_a_model_that_cannot_be_loaded_is_blamed_itself():
    """Not one cell after the other: three loads, and all of its cells are poisoned."""
    crew = Players(most=1, heavy=["a"])
    results = play([*cells("a", "pqrst"), *cells("b", "p")], crew)
    assert results.pop("b.p").state == "done"
    assert {(r.state, r.cause) for r in results.values()} == {
        ("poisoned", "while the model was loaded, its worker ended 3 times: killed")
    }
    assert [model for _, model in crew.loads].count("a") == 3


def test_workers_take_no_more_than_the_memory():
    """Models of 6, 4 and 1 GB in 7 GB: never more than 7 are reserved, and all are measured."""
    crew = Players(most=8, memory=7 * GB)
    todo = [*cells("small", "pqrs", GB), *cells("middle", "pq", 4 * GB), *cells("large", "pq", 6 * GB)]
    results = play(todo, crew)
    assert {result.state for result in results.values()} == {"done"}
    assert crew.largest_sum <= 7 * GB


def test_a_model_that_fits_nowhere_is_told_and_not_tried():
    """Its cells fail with both numbers; the others are measured."""
    crew = Players(memory=2 * GB)
    results = play([*cells("large", "p", 9 * GB), *cells("small", "p")], crew)
    assert results["large.p"].state == "failed"
    assert "9.0 GB, and 2.0 GB are to be had" in results["large.p"].cause
    assert results["small.p"].state == "done"
    assert "large.p" not in crew.begun


def test_a_worker_with_other_code_ends_the_sweep_with_its_sentence():
    """What it measured would not be what was asked for."""
    with pytest.raises(ReproductionError, match="other code"):
        play(cells("a", "p"), Players(faults=[Ready("a worker has other code")]))


def test_workers_that_never_start_end_the_sweep():
    """After three in a row, with the cause."""
    with pytest.raises(ReproductionError, match="before they can work: no such module"):
        play(cells("a", "pq"), Players(faults=[Lost("no such module")] * 9))


def test_a_caller_that_stops_lets_the_workers_go():
    """As Ctrl-C does."""
    crew = Players()
    sweep = carry_out_sweep(Schedule(cells("a", "pq"), 3), crew)
    next(sweep)
    sweep.close()
    assert crew.closed
