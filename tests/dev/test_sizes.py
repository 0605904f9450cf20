"""The sizes that are said before something is fetched are those of the pinned packages."""

from __future__ import annotations

import measure_install
import pytest
from lock import FOLDER

from headkb.dev.environment import LEVELS
from headkb.dev.sizes import CPU, SIZES, Amount


@pytest.mark.parametrize("level", LEVELS)
def test_packages_take_as_much_as_is_said(level: str) -> None:
    """Within a quarter, where they are installed: systems differ, versions change."""
    found, missing = measure_install.on_disk(measure_install.names(FOLDER / LEVELS[level]))
    if set(missing) - {"editables"}:
        pytest.skip(f"not installed: {', '.join(missing)}")
    assert found == pytest.approx(SIZES[level].on_disk, rel=0.25)


def test_torch_takes_as_much_as_is_said() -> None:
    """The build for processors, where it is the one that is installed."""
    torch = pytest.importorskip("torch")
    if torch.version.cuda:
        pytest.skip("this torch is for GPUs")
    found, _ = measure_install.on_disk(["torch"])
    assert found == pytest.approx(CPU.on_disk, rel=0.25)


def test_what_is_not_installed_is_named() -> None:
    """And counts nothing."""
    assert measure_install.on_disk(["no-such-package"]) == (0, ["no-such-package"])


def test_each_level_holds_the_one_before() -> None:
    """So neither size shrinks."""
    sizes = [SIZES[level] for level in LEVELS]
    assert sizes == sorted(sizes)
    assert [size.on_disk for size in sizes] == sorted(size.on_disk for size in sizes)


def test_sizes_are_said_in_round_words() -> None:
    """Thousand megabytes are a gigabyte."""
    assert str(Amount(6.2, 2731)) == "6 MB to download, 2.7 GB on disk"
