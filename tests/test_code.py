"""What the source says of scores and generators is what importing them gives."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from headkb import keywords
from headkb.catalog import code
from headkb.catalog.code import CodeEntry, read_entries
from headkb.keywords import PACKAGE, Keyword

TOY = '''
from typing import Literal

from headkb.prompts import generator
from headkb.scores import score


@score("toy-score", prompts="toys", version=2, variants=VARIANTS)
def toy_score(pattern, prompts, *, side: Literal["left", "right"] = "left", size: int, share: float = 1 / 2):
    """Toys that a head looks at.

    Not a real score.
    """


@generator(NAME)
def unnamed(vocabulary, n, generator):
    """Its id is no literal."""


@functools.cache
def plain(*, size=3):
    """Nothing that records name."""
'''


def test_the_source_gives_what_the_registry_holds() -> None:
    """Id, place, keywords, defaults and summary of every prompt generator, read with and without importing it."""
    pytest.importorskip("torch")
    from headkb.prompts import GENERATORS

    entries = code.generators()
    assert list(entries) == sorted(GENERATORS)
    for name, generator in GENERATORS.items():
        entry, function = entries[name], inspect.unwrap(generator.function)
        assert (entry.module, entry.function) == (function.__module__, function.__name__)
        assert Path(inspect.getfile(function)) == PACKAGE / entry.file
        source, _ = inspect.findsource(function)
        assert source[entry.line - 1].startswith(f"def {entry.function}(")
        assert {key: keyword.default for key, keyword in entry.keywords.items()} == generator.parameters
        assert entry.summary == generator.summary != ""
        assert entry.options["version"] == generator.version
        assert entry.options.get("needs_tokenizer", False) == generator.needs_tokenizer


def test_an_entry_holds_what_stands_at_the_function(tmp_path: Path) -> None:
    """Keywords with annotation and default, the decorator's keywords, the first line; other decorators and ids that are no literal are none."""
    path = tmp_path / "mine" / "scores" / "toys.py"
    path.parent.mkdir(parents=True)
    path.write_text(TOY, encoding="utf-8")
    assert list(read_entries(path, tmp_path / "mine")) == [
        CodeEntry(
            "score",
            "toy-score",
            "mine.scores.toys",
            "scores/toys.py",
            9,
            "toy_score",
            {
                "side": Keyword("Literal['left', 'right']", "left"),
                "size": Keyword("int"),
                "share": Keyword("float", "1 / 2"),
            },
            "Toys that a head looks at.",
            {"prompts": "toys", "version": 2, "variants": "VARIANTS"},
        )
    ]


def test_reading_the_source_loads_no_torch_and_parses_no_file_twice() -> None:
    """A catalog is validated where torch is not even installed, and asking again costs nothing."""
    program = (
        "import ast, sys\nfrom headkb.catalog import code\nparse, sources = ast.parse, []\n"
        "ast.parse = lambda source, *args, **kwargs: sources.append(source) or parse(source, *args, **kwargs)\n"
        "code.generators(), code.scores(), code.generators()\n"
        "print(len(sources), len(set(sources)), 'torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    parsed, different, torch = run.stdout.split()
    assert int(parsed) == int(different) > 0
    assert torch == "False"


def test_choices_are_read_from_a_literal_or_the_name_of_one() -> None:
    """What a keyword accepts, by its annotation; a plain type names no values."""
    assert keywords.choices("Literal[1, -1]") == ("1", "-1")
    assert keywords.choices("MetricName | None")[:2] == ("logit_diff", "log_prob")
    assert keywords.choices("str | None") == ()
