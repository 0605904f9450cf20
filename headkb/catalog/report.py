"""Findings in the order in which they are mended, and as a text that stays readable where there are many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from headkb.catalog.characters import visible
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.glance import counted

WEIGHTS = {"error": 0, "warning": 1, "info": 2}
IN_FULL = 5
"""Findings of one rule in one file that are told in full; the others are counted."""
WITH_REASON = 20
"""Findings of one rule that are told with reason and fix; after these every file has only the line that says what is wrong."""


def worst_first(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """File by file: those that cannot be read, then those with errors, warnings, infos; in a file errors first, then by place."""
    worst: dict[str, tuple[bool, int]] = {}
    for d in diagnostics:
        rank = (d.rule not in FILE_RULES, WEIGHTS[d.severity])
        worst[d.path] = min(rank, worst.get(d.path, rank))
    return sorted(diagnostics, key=lambda d: (worst[d.path], d.path, WEIGHTS[d.severity], d))


def report(diagnostics: Sequence[Diagnostic], waiting: Sequence[str] = ()) -> str:
    """Findings, like ones in short, and a last line that counts them.

    Args:
        diagnostics: In the order in which they are told.
        waiting: Rules that were not asked, as `headkb.catalog.rules.waiting` names them.
    """
    alike = Counter((d.path, d.rule) for d in diagnostics)
    told: Counter[tuple[str, str]] = Counter()
    of_rule: Counter[str] = Counter()
    lines: list[str] = []
    for d in diagnostics:
        group = (d.path, d.rule)
        told[group] += 1
        if told[group] <= IN_FULL:
            of_rule[d.rule] += 1
            lines.append(d.text() if of_rule[d.rule] <= WITH_REASON else d.text().partition("\n")[0])
        elif told[group] == alike[group]:
            more = alike[group] - IN_FULL
            last = f", the last at {d.line}:{d.column}" if more > 1 else f", at {d.line}:{d.column}"
            lines.append(f"{visible(d.path)}: and {more} more of {d.rule}{last}; `headkb -v validate` tells each")
    return "\n".join([*lines, count_line(diagnostics), *_wait(waiting)])


def count_line(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning in 2 files, of which 1 cannot be read`."""
    found = Counter(d.severity for d in diagnostics)
    files: dict[str, set[str]] = defaultdict(set)
    for d in diagnostics:
        files[d.path].add(d.rule)
    unread = sum(bool(rules & FILE_RULES.keys()) for rules in files.values())
    told = [counted(found["error"], "error"), counted(found["warning"], "warning")]
    told += [counted(found["info"], "info")] if found["info"] else []
    line = f"{', '.join(told)} in {counted(len(files), 'file')}"
    return f"{line}, of which {unread} cannot be read" if unread else line


def _wait(waiting: Sequence[str]) -> list[str]:
    return [f"not asked until these can be read: {', '.join(waiting)}"] if waiting else []
