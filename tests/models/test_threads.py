"""Command lines and workers choose torch's threads by the model's size, and only where the user did not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from headkb.models import threads  # noqa: E402


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Two threads are what torch chose, nothing is set by the user, and the number is put back."""
    before = torch.get_num_threads()
    for name in threads.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(2)
    threads._default.cache_clear()
    yield
    torch.set_num_threads(before)
    threads._default.cache_clear()


def model(parameters: int):
    """Something loaded with so many parameters, which take no memory."""
    return SimpleNamespace(model=torch.nn.Linear(parameters, 1, bias=False, device="meta"))


def test_a_small_model_gets_one_thread_and_a_large_one_all():
    """In whichever order they are loaded."""
    for size, expected in ((threads.SMALL + 1, 2), (threads.SMALL, 1), (1000, 1), (threads.SMALL + 1, 2)):
        threads.choose_threads(model(size))
        assert torch.get_num_threads() == expected


@pytest.mark.parametrize("name", threads.VARIABLES)
def test_the_users_choice_stands(name, monkeypatch):
    """Whatever the size."""
    monkeypatch.setenv(name, "2")
    threads.choose_threads(model(1000))
    assert torch.get_num_threads() == 2


def test_loading_in_python_changes_nothing():
    """The number of threads belongs to the program that calls headkb."""
    from headkb.models import load_model

    load_model("exact-entropy")
    assert torch.get_num_threads() == 2
