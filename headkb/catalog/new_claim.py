"""One more claim in the file of its source; what stands in the file stays, with its comments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from headkb.catalog.draft import ASK, draft, drafted
from headkb.catalog.fmt import formatted
from headkb.catalog.house_read import UnwritableError, read_tree
from headkb.catalog.house_style import Items, Member, in_order, tree_of, written
from headkb.catalog.new_ids import free_id
from headkb.catalog.record_files import SourceError
from headkb.catalog.schema.asking import QUESTION
from headkb.catalog.shape import shape_of
from headkb.catalog.source import parse


def claim_id(claim: Mapping[str, Any], taken: frozenset[str]) -> str:
    """An id for a claim from its model and head type, with a number where another has it; empty where neither is known.

    Example:
        >>> claim_id({"model": "gpt2", "head": "induction"}, frozenset({"gpt2-induction"}))
        'gpt2-induction-2'
    """
    words = [str(word) for word in (claim.get("model"), claim.get("head") or claim.get("about")) if word]
    words = [word for word in words if not word.startswith(ASK)]
    return free_id("-".join(words), taken)


def whose(source: str, claim: Mapping[str, Any]) -> dict[str, Any]:
    """Whose claims a file begins with: the paper, or the repository that the claim's source names, and why no paper stands behind it.

    Example:
        >>> whose("wang-2022-ioi", {})
        {'paper': 'wang-2022-ioi'}
    """
    place = claim.get("source")
    if not isinstance(place, Mapping) or "repository" not in place:
        return {"paper": source}
    return {
        "no_paper": QUESTION,
        "repository": {"name": place["repository"], "commit": place.get("commit") or QUESTION},
    }


def with_claim(text: str | None, source: str, claim: Mapping[str, Any], root: Path | None = None) -> tuple[str, str]:
    """(text of the file with one more claim, the claim's id).

    Args:
        text: The file as it is; None where there is none yet.
        source: The id of the paper whose claims they are.
        claim: What is known of the claim, by its keys; the rest becomes questions.
        root: The catalog, for the first line.

    Raises:
        UnwritableError: If the file cannot be read, or a claim of this id is there.
    """
    old = _claims(text)
    taken = frozenset(str(known.get("id")) for known in old if isinstance(known, Mapping))
    if claim.get("id") in taken:
        raise UnwritableError(f"there is a claim {claim['id']} already")
    place = claim.get("source") or {"paper": source}
    whole = {**claim, "id": claim.get("id") or claim_id(claim, taken) or QUESTION}
    whole["source"] = place if "locator" in place or "repository" in place else {**place, "locator": QUESTION}
    whole.setdefault("confidence", QUESTION)
    if text is None:
        return draft("claims", {**whose(source, whole), "claims": [whole]}, source, root=root), str(whole["id"])
    made = drafted("claims", {"claims": [whole]}, source)["claims"][0]
    shape = shape_of("claims")
    tree = read_tree(formatted(text, "claims", root))
    claims = next((p.value for p in tree.parts if p.key is not None and p.key.value == "claims"), None)
    if not isinstance(claims, Items) or claims.inline:
        raise UnwritableError("`claims` is no list of its own lines")
    claims.parts.append(Member(None, tree_of(made, shape.key("claims").item)))
    in_order(tree, shape)
    new = written(tree, shape)
    if _claims(new)[:-1] != old:
        raise UnwritableError("the other claims would change")
    return new, str(whole["id"])


def _claims(text: str | None) -> list[Any]:
    """The claims of a file that is read as it is."""
    if text is None:
        return []
    try:
        claims = parse(text)[0].get("claims", [])
    except (SourceError, yaml.YAMLError) as error:
        raise UnwritableError(f"it cannot be read: {error}") from None
    return claims if isinstance(claims, list) else []
