"""What YAML's reader refuses is told where the mistake begins, and in words that lead to the mend."""

from __future__ import annotations

import pytest
import yaml

from headkb.catalog import source
from headkb.catalog.mends import mended
from headkb.catalog.record_files import Place, SourceError
from headkb.catalog.source import parse


@pytest.mark.parametrize("loader", [source.Loader, yaml.SafeLoader], ids=["libyaml", "python"])
@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\n\tb: 2\n", (2, 1), "spaces, not with tabs"),
        ("a: 'b\nc: d\n", (1, 4), "close it at the end of the value"),
        ("a: [b\nc: d\n", (1, 4), "close the bracket"),
        ("a: {b\nc: d\n", (1, 4), "close the bracket"),
        ("a: @b\n", (1, 4), "double quotes: YAML keeps '@'"),
        ("a: `b`\n", (1, 4), "double quotes: YAML keeps '`'"),
        ('a: "\n  \\q"\n', None, "backslash twice"),
        ("x: 1\na:b\nc: d\n", (2, 1), "a space after the colon"),
        ("a: b: c\n", (1, 5), "into double quotes"),
        ("a: - b\n", (1, 4), "on a line of its own"),
        ('a: "b "c" d"\n', (1, 8), 'write \\" for a quote'),
        ("a:\n   - {b: c}\n  - {b: d}\n", (3, 3), "in one column"),
    ],
)
def test_a_mistake_in_yaml_is_told_with_its_mend(
    text: str, place: Place | None, words: str, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By either reader: the quote or bracket that is open, not the end of the file, and what to write instead."""
    monkeypatch.setattr(source, "Loader", loader)
    with pytest.raises(SourceError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.place) == ("syntax", place or problem.place)
    assert words in problem.fix


@pytest.mark.parametrize("text", ["\ufeffname: Jar\n", "name: J\u200bar\n", "name: Ja\u0301r\n"])
def test_what_no_editor_shows_is_left_to_the_command_that_takes_it_out(text: str) -> None:
    """A byte-order mark, an invisible sign and a loose accent are named with `headkb fix`, which mends them."""
    with pytest.raises(SourceError) as caught:
        parse(text)
    assert "`headkb fix --write`" in caught.value.problems[0].fix
    text, _ = mended(text, "glossary", lambda of, name: "")
    assert parse(text)[0]["name"] in ("Jar", "J\u00e1r")
