"""How far two words are apart in spelling; `docs/assets/find.js` counts alike."""

from __future__ import annotations


def same_stem(a: str, b: str) -> bool:
    """Whether two words begin alike and end in different endings: `detecting`, `detection`."""
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same >= max(5, min(len(a), len(b)) - 3) and max(len(a), len(b)) - same < 5


def distance(a: str, b: str, limit: int) -> int:
    """Letters that must be added, left out, changed or swapped with the next one to make `b` of `a`; `limit` + 1 where it is more.

    Example:
        >>> distance("indcution", "induction", 2), distance("haed", "head", 1), distance("mover", "head", 1)
        (1, 1, 2)
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        after = [i]
        for j in range(1, len(b) + 1):
            steps = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                steps = min(steps, before[j - 2] + 1)
            after.append(steps)
        if min(after) > limit:
            return limit + 1
        before, row = row, after
    return min(row[-1], limit + 1)
