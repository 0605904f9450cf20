"""What the page of a head opens with: what it is best known for, what else it is said to be, and where in its model it lies."""

from __future__ import annotations

from collections.abc import Iterable

from headkb.catalog import HeadDossier
from headkb.catalog.head_facts import HeadRole
from headkb.catalog.schema import Model
from headkb.site.compose import facts
from headkb.site.document import Cell, Facts
from headkb.site.parts import Context, joined, ref
from headkb.site.roles import grounds
from headkb.site.snippets import key_value_head

BEST, ALSO, CONTESTED, SHOWN = "Best known for", "Also said to be", "Contested", "Shown by headkb alone"


def answers(context: Context, model: Model, dossier: HeadDossier, *, roles: bool = True) -> Facts:
    """The roles by weight with their grounds, and the place of the head; without `roles` the place alone."""
    told = [(name, _roles(context, dossier, some)) for name, some in by_kind(dossier).items() if some and roles]
    # The route of their web app: `[modelId]/head/[layerNum]/[headIndex]`.
    neuronpedia = f"https://www.neuronpedia.org/{model.neuronpedia}/head/{dossier.head.layer}/{dossier.head.head}"
    return facts(
        *told,
        ("Where", where(model, dossier)),
        ("Model", ref("models", model.id)),
        ("Dashboard", model.neuronpedia and f"[Neuronpedia]({neuronpedia})"),
        ("Look up", f"`headkb whois {model.id} {dossier.head}`"),
    )


def by_kind(dossier: HeadDossier) -> dict[str, list[HeadRole]]:
    """The roles of a head under the four names, each in order of weight.

    Best known for is the weightiest that a source asserts, contested or not, which its grounds say; the others are parted by whether they
    are contested. What no source asserts and a run alone shows is told apart.
    """
    claimed = [role for role in dossier.roles if role.claims]
    return {
        BEST: claimed[:1],
        ALSO: [role for role in claimed[1:] if not role.contested],
        CONTESTED: [role for role in claimed[1:] if role.contested],
        SHOWN: [role for role in dossier.roles if not role.claims],
    }


def best_known(dossier: HeadDossier) -> HeadRole | None:
    """What sources know a head best for; None if none asserts anything."""
    return next(iter(by_kind(dossier)[BEST]), None)


def where(model: Model, dossier: HeadDossier) -> str:
    """`layer 10 of 0 to 11, 0.91 of the way from the first to the last; head 7 of 0 to 11; key-value head 1 of 4, …`."""
    head = dossier.head
    depth = (
        f", {head.layer / (model.n_layers - 1):.2f} of the way from the first to the last" if model.n_layers > 1 else ""
    )
    parts = [f"layer {head.layer} of 0 to {model.n_layers - 1}{depth}", f"head {head.head} of 0 to {model.n_heads - 1}"]
    return "; ".join([*parts, *filter(None, [key_value_head(model, head)])])


def _roles(context: Context, dossier: HeadDossier, roles: Iterable[HeadRole]) -> Cell:
    return joined(
        [(ref("heads", role.head_type), _by(role), " (", grounds(context, dossier, role), ")") for role in roles], "; "
    )


def _by(role: HeadRole) -> Cell:
    """`, by Wang et al. 2022`: the sources of its claims."""
    files = dict.fromkeys(entry.statement.file.id for entry in role.claims)
    return (", by ", joined([ref("claims", file) for file in files])) if files else ""
