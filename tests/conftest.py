"""Fixtures that several test folders share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog

HERE = Path(__file__).parent
TOY = HERE / "data" / "catalog"


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder of the tests' own, unless the environment names one: nothing is left in the user's."""
    with pytest.MonkeyPatch.context() as environment:
        if not os.environ.get("HEADKB_CACHE"):
            environment.setenv("HEADKB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def toy_catalog() -> Catalog:
    """The invented catalog of tests/data."""
    return load_catalog(TOY)


@pytest.fixture
def toy_copy(tmp_path: Path) -> Path:
    """A copy of the invented catalog that a test may break."""
    target = tmp_path / "catalog"
    shutil.copytree(TOY, target)
    return target


@pytest.fixture(scope="session")
def real_catalog() -> Catalog:
    """The catalog that ships."""
    return load_catalog(HERE.parent / "catalog")


@pytest.fixture
def one_thread():
    """Torch on one thread: more only wait for each other on tiny models."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
