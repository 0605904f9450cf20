"""Which weights a run was made with: a run that others cannot repeat on the same weights is not recorded."""

from __future__ import annotations

import re

COMMIT = re.compile(r"^[0-9a-f]{40}$")
FROM_HUB = ("hub", "cache")
"""Origins of a model that has commits: downloaded just now, or kept from an earlier download."""


def unrepeatable(source: str, revision: str | None, weights_sha256: str | None, pinned: str | None) -> str | None:
    """What keeps others from getting the same weights, as a sentence; None if nothing does.

    Args:
        source: Where the model came from, as a passport or a run says it.
        revision: Commit on the hub.
        weights_sha256: Hash of its weights.
        pinned: The revision that the model's record names, if it names one.

    Example:
        >>> unrepeatable("hub", "main", None, None)
        "the revision is 'main', and not a commit of 40 hexadecimal digits."
    """
    if source == "published-data":
        return None
    if source not in FROM_HUB:
        return None if weights_sha256 else "there is neither a commit nor a hash of the weights."
    if revision is None or not COMMIT.match(revision):
        stated = "there is no revision" if revision is None else f"the revision is {revision!r}"
        return f"{stated}, and not a commit of 40 hexadecimal digits."
    if pinned is not None and not revision.startswith(pinned):
        return f"the revision is {revision[:12]}…, but the record of the model pins {pinned[:12]}…."
    return None
