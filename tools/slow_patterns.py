"""Hold every regular expression of the package against texts that are made to slow it down.

    python tools/slow_patterns.py [FILE ...]      the given Python files, by default all of headkb/ and tools/

From the parts of a pattern come characters, one for each set of parts that it satisfies, and from these short words. Each word is repeated
to LENGTH characters, with a beginning that the pattern may want and an end that makes it fail, and the pattern is used on it as the code
uses it (`search`, `fullmatch`, `sub` …). What needs time in proportion to the text is done well within ALLOWED at that length; what is
quadratic or worse is not, and is printed with the text; the exit code is then 1. Not asked are patterns put together from names (see
BUILT_FROM_NAMES). Patterns of the schemas (`pattern=`) are not asked: pydantic's engine is linear by construction.
"""

from __future__ import annotations

import ast
import json
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]  # the parse tree of a pattern has no public name since Python 3.11
from typing import Any

import click

HERE = Path(__file__).parents[1]
LENGTH = 20_000
ALLOWED = 0.05
"""CPU seconds for one text of LENGTH characters."""
WORDS = 150
"""How many repeated words are tried for each pattern."""
CALL = re.compile(r"\b(\w+)\.(match|fullmatch|search|subn?|split|findall|finditer)\(")
USES = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
CHARACTERS = [chr(code) for code in (*range(9, 14), *range(32, 127))] + ["é", "中", "\u200c", "\u0640", "\u2028"]
BUILT_FROM_NAMES = {"terms.py", "vocabularies.py", "slow_patterns.py"}
"""Modules with a pattern that joins escaped names by `|`, of which no part repeats, and this one."""

FROM_DATA = {"finder.py", "search_pages.py", "search_words.py"}
"""Modules whose patterns stand in GRAMMAR, which is asked as well."""
PARTS = {"pattern", "layer", "head"}
GRAMMAR = HERE / "headkb" / "catalog" / "search_rules.json"


@dataclass(frozen=True)
class Used:
    """A pattern in the source: where it stands, its text and flags, and the methods that the code calls on it."""

    place: str
    pattern: str
    flags: int
    uses: tuple[str, ...]


class SlowError(Exception):
    """The time for one text is over."""


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(files: Sequence[Path]) -> None:
    """Try the patterns of FILES."""
    known = [*patterns(list(files) or sources()), *([] if files else of_grammar())]
    found = [told for used in known if (told := slowest(used))]
    for told in found:
        click.echo(told)
    click.echo(f"{len(known)} patterns, {len(found)} slow")
    sys.exit(1 if found else 0)


def sources() -> list[Path]:
    """The Python files of the package and the tools."""
    return sorted([*(HERE / "headkb").rglob("*.py"), *(HERE / "tools").glob("*.py")])


def patterns(paths: Sequence[Path]) -> Iterator[Used]:
    """Every pattern that is written in these files as a literal."""
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    called: dict[str, set[str]] = defaultdict(set)
    for name, use in CALL.findall("\n".join(texts.values())):
        called[name].add(use)
    for path, source in texts.items():
        tree = ast.parse(source)
        constants = {**_imported(tree), **_constants(tree)}
        names = {id(node.value): node.targets[0].id for node in tree.body if _is_named(node)}  # type: ignore[attr-defined]
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_re(node.func.value)):
                continue
            if node.func.attr not in ("compile", *USES):
                continue
            place = f"{path}:{node.lineno}"
            written = node.args[0]
            pattern = _text(constants.get(written.id, written) if isinstance(written, ast.Name) else written)
            if pattern is None:
                if path.name not in BUILT_FROM_NAMES | FROM_DATA:
                    raise click.ClickException(
                        f"{place}: the pattern is put together as the program runs; write it out"
                    )
                continue
            name = names.get(id(node), "")
            uses = tuple(sorted(called[name])) if node.func.attr == "compile" else (node.func.attr,)
            yield Used(place, pattern, _flags(node), uses or ("search", "fullmatch"))


def of_grammar() -> Iterator[Used]:
    """The patterns of the search's grammar, which both its readers use on what people type."""
    rules = json.loads(GRAMMAR.read_text(encoding="utf-8"))
    single = [rules[name] for name in ("separators", "spaces", "marks", "plural", "id_ends", "path")]
    asked = [rule[key] for name in ("ids", "coordinates") for rule in rules[name] for key in PARTS & rule.keys()]
    spellings = [pattern for pattern, _ in rules["spellings"]]
    for pattern in (*single, *rules["splits"], *spellings, *rules["wants"].values(), *asked):
        yield Used(str(GRAMMAR), pattern, 0, ("search", "sub"))


def slowest(used: Used) -> str | None:
    """What is too slow about a pattern, in words; None if nothing was found."""
    pattern = re.compile(used.pattern, used.flags)
    for text in slow_texts(used):
        for use in used.uses:
            if not in_time(pattern, use, text):
                shown = f"{text[:60]!r}…{text[-8:]!r}"
                return (
                    f"{used.place}: {used.pattern!r}.{use} takes over {ALLOWED} s on {len(text):,} characters: {shown}"
                )
    return None


def slow_texts(used: Used) -> Iterator[str]:
    """Repeated words between a beginning and an end."""
    tree = _parser.parse(used.pattern, used.flags)
    one = representatives(tree, used.flags)
    words = ["".join(word) for length in (1, 2, 3) for word in product(one, repeat=length)]
    example = shortest(tree)
    words = [*dict.fromkeys([*_cuts(example), *words[:: max(1, len(words) // WORDS)], *one])]
    # Lengths that are no multiple of each other, so that the end falls into every part of a word.
    for beginning in dict.fromkeys(["", *_cuts(example)[:6], *one[:4]]):
        for word in islice(words, WORDS if not beginning else 40):
            yield beginning + word * (LENGTH // len(word)) + "\0"


def representatives(tree: Any, flags: int) -> list[str]:
    """One character for every set of parts of the pattern that some character satisfies."""
    parts = [re.compile(part, flags & re.IGNORECASE) for part in dict.fromkeys(single_parts(tree))]
    by_parts: dict[tuple[bool, ...], str] = {}
    for character in CHARACTERS:
        by_parts.setdefault(tuple(bool(part.fullmatch(character)) for part in parts), character)
    return list(by_parts.values())


def single_parts(tree: Any) -> Iterator[str]:
    """The literals and sets of a parsed pattern, as patterns of one character."""
    for operator, value in tree:
        name = str(operator)
        if name in ("LITERAL", "NOT_LITERAL"):
            yield ("[^" if name == "NOT_LITERAL" else "[") + re.escape(chr(value)) + "]"
        elif name == "IN":
            yield _set(value)
        elif name == "ANY":
            yield "."
        elif name == "BRANCH":
            for branch in value[1]:
                yield from single_parts(branch)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield from single_parts(value[2])
        elif name in ("SUBPATTERN", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP"):
            yield from single_parts(value[-1] if isinstance(value, tuple) else value)


def shortest(tree: Any) -> str:
    """A short text that the pattern probably accepts: a beginning without which nothing is tried at all."""
    made = ""
    for operator, value in tree:
        name = str(operator)
        if name == "LITERAL":
            made += chr(value)
        elif name == "IN":
            accepted = re.compile(_set(value))
            made += next((c for c in ("a", "A", "0", " ", *CHARACTERS) if accepted.fullmatch(c)), "")
        elif name in ("ANY", "NOT_LITERAL"):
            made += "a"
        elif name == "BRANCH":
            made += shortest(value[1][0])
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            made += shortest(value[2]) * max(1, min(value[0], 3))
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            made += shortest(value[-1] if isinstance(value, tuple) else value)
    return made


def in_time(pattern: re.Pattern[str], use: str, text: str) -> bool:
    """Whether a method ends on a text within ALLOWED; measured up to three times, since a machine may be busy."""
    return any(_once(pattern, use, text) for _ in range(3))


def _once(pattern: re.Pattern[str], use: str, text: str) -> bool:
    def over(*_: object) -> None:
        raise SlowError

    before = signal.signal(signal.SIGPROF, over)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, 4 * ALLOWED)
    try:
        if use in ("sub", "subn"):
            getattr(pattern, use)("", text)
        elif use == "finditer":
            for _ in pattern.finditer(text):
                pass
        else:
            getattr(pattern, use)(text)
    except SlowError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return time.process_time() - start <= ALLOWED


def _cuts(example: str) -> list[str]:
    """Beginnings and pieces of an example."""
    return [piece for size in range(len(example), 0, -1) for piece in dict.fromkeys((example[:size], example[-size:]))][
        :24
    ]


def _set(items: Any) -> str:
    """A set of a parsed pattern as text."""
    categories = {
        "DIGIT": r"\d",
        "NOT_DIGIT": r"\D",
        "SPACE": r"\s",
        "NOT_SPACE": r"\S",
        "WORD": r"\w",
        "NOT_WORD": r"\W",
    }
    made = ""
    for operator, value in items:
        name = str(operator)
        if name == "NEGATE":
            made += "^"
        elif name == "LITERAL":
            made += re.escape(chr(value))
        elif name == "RANGE":
            made += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        elif name == "CATEGORY":
            made += categories[str(value).removeprefix("CATEGORY_")]
    return f"[{made}]"


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Name → value of what a module assigns."""
    return {n.targets[0].id: n.value for n in tree.body if _is_named(n)}  # type: ignore[attr-defined]


def _imported(tree: ast.Module) -> dict[str, ast.expr]:
    """The same of the constants that a module imports by name from another of the package."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {alias.name: alias.asname or alias.name for alias in node.names if alias.name.isupper()}
            path = HERE / f"{node.module.replace('.', '/')}.py"
            if names and path.is_file():
                there = _constants(ast.parse(path.read_text(encoding="utf-8")))
                found |= {names[name]: there[name] for name in names.keys() & there.keys()}
    return found


def _is_named(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)


def _is_re(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "re"


def _text(node: ast.expr) -> str | None:
    """A string that is written out; None for one that holds variables."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _flags(node: ast.Call) -> int:
    """The flags that a call gives by name."""
    given = [part for argument in [*node.args[1:], *(k.value for k in node.keywords)] for part in ast.walk(argument)]
    names = [part.attr for part in given if isinstance(part, ast.Attribute) and _is_re(part.value)]
    return sum({int(getattr(re, name)) for name in names if isinstance(getattr(re, name, None), re.RegexFlag)})


if __name__ == "__main__":
    main()
