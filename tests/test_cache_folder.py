"""The folder for files that can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb.cache_folder import cache_folder


@pytest.mark.parametrize(
    ("own", "shared", "folder"),
    [
        ("/own", "/shared", Path("/own")),
        ("", "/shared", Path("/shared/headkb")),
        ("", "", Path.home() / ".cache" / "headkb"),
    ],
)
def test_headkb_s_own_variable_comes_first(
    own: str, shared: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the one of the desktop, then the usual place; an empty variable is none."""
    monkeypatch.setenv("HEADKB_CACHE", own)
    monkeypatch.setenv("XDG_CACHE_HOME", shared)
    assert cache_folder() == folder
