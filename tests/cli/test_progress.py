"""The bar of a long command: which step of how many, on stderr, on a terminal alone."""

from __future__ import annotations

import io

import pytest

from headkb.cli.progress import Steps


class Terminal(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets results alone."""
    with Steps(3) as steps:
        assert steps.begin("a recipe") is None
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_the_step_the_prompts_and_the_time_of_the_whole_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second of three, an hour after the start; the clock goes on after the last prompt, and the bar leaves nothing behind."""
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with Steps(3) as steps:
        steps.done = 1
        steps._since -= 3600
        move = steps.begin("a recipe")
        assert move is not None
        move(40, 40)
        steps.close()
    shown = screen.getvalue()
    assert "2/3 a recipe" in shown
    assert "40/40 prompts" in shown
    assert "1:00:0" in shown
    assert shown.endswith("\x1b[2K") or "\x1b[2K" in shown.rsplit("1:00:0", 1)[1]
