"""What an atlas says of one head: its profile, labels, patterns on three sentences and every measure with its place in the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headkb.catalog import HeadDossier
from headkb.catalog.atlas import pattern_of
from headkb.catalog.characters import visible as escaped
from headkb.catalog.inline import plain
from headkb.catalog.run_labels import Label
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.atlas_view import AtlasView
from headkb.site.atlas_words import amount, column_ref, figure, order, profile
from headkb.site.compose import counted, facts, prose, section, table_of
from headkb.site.document import Cell, Element, Fold, Heading, PatternFigure, Prose
from headkb.site.links import head_path, record_path
from headkb.site.parts import Context, bullets, joined, ref
from headkb.site.roles import is_described
from headkb.site.strip import strip
from headkb.site.svg_cells import SIGNS, short

SENTENCES: Mapping[str, str] = {
    "english": "An ordinary sentence",
    "repeated": "A sentence that repeats itself",
    "ioi": "An indirect-object prompt",
}
OPEN_LABELS = 8
"""Labels of which only some criteria are met that the page lists; the others are folded."""


def atlas_nodes(context: Context, model: Model, dossier: HeadDossier) -> list[Element]:
    """The sections about one head; empty if its model has no atlas that can be read."""
    view, head = context.atlases.get(model.id), dossier.head
    if view is None:
        return []
    labels = view.labels.of.get(head, ())
    return [
        Heading("What headkb measured", "atlas"),
        *prose(profile(view, head)),
        facts(
            ("Selected by runs as", "" if is_described(context, dossier) else _labels_in_brief(view, labels)),
            ("Raises the logits of", _tokens(view, head, "promotes")),
            ("Lowers the logits of", _tokens(view, head, "suppresses")),
            ("Most alike", _nearest(view, model, head)),
            ("Whose numbers", whose(context, view, head)),
        ),
        *section(
            f"Its pattern on {counted(len(view.sentences), 'sentence')}", "patterns", _patterns(view, model, head), 3
        ),
        *section("What runs selected it for", "labels", _labels(labels, folded=is_described(context, dossier)), 3),
        *section("Every measure", "measures-atlas", _measures(view, head), 3),
    ]


def whose(context: Context, view: AtlasView, head: HeadIndex | None = None) -> Cell:
    """Who measured what stands there, and on what, said of one head or of the whole model; and where else something is said.

    That no source claims anything comes first; of a quantised copy, claims about the same head of the full model are pointed to.
    """
    model = context.catalog.models[view.atlas.model]
    about, of = (str(head), "this head") if head else ("its heads", "heads of this model")
    full = context.catalog.models.get(model.quantisation_of or "")
    stored = view.atlas.passport.quantisation
    copy = f" of {ref('models', full.id)}" if full else ""
    where = f" on a quantised copy{copy}, stored as {plain(stored)}" if stored else ""
    silent = "" if _claimed(context, model, head) else f"No source in the catalog claims anything about {of}. "
    atlas = ref("atlases", view.atlas.id, f"the atlas of {plain(model.name)}")
    said = f"{silent}These are headkb's own measurements{where}: {atlas}, {view.atlas.date}."
    if full is None or not _claimed(context, full, head):
        return said
    path = head_path(full.id, head) if head else record_path("models", full.id)
    return f"{said} What sources claim about {about} in the full model stands on [its page there](@{path})."


def _claimed(context: Context, model: Model, head: HeadIndex | None) -> bool:
    """Whether a claim, a published table or a circuit is about the head, or about any head of the model."""
    if head is None:
        catalog = context.catalog
        return model.id in catalog.circuits_of_model or model.id in catalog.statements_of_model
    dossier = context.dossiers[model.id].get(head)
    return dossier is not None and bool(dossier.claims or dossier.tables or dossier.circuits)


def _nearest(view: AtlasView, model: Model, head: HeadIndex) -> Cell:
    found = [
        f"[{n.head}](@{head_path(model.id, n.head)}) ({figure(round(n.distance, 3))})" for n in view.table.nearest(head)
    ]
    return (joined(found), "; in brackets how far apart they rank over all measures, 0 to 1") if found else ""


def _tokens(view: AtlasView, head: HeadIndex, which: str) -> Cell:
    text = view.texts.get(head)
    found: Sequence[tuple[str, float]] = getattr(text, which) if text else ()
    return ", ".join(f"{plain(visible(token))} ({figure(effect)})" for token, effect in found)


def visible(token: str) -> str:
    """A token in quotes, with its blanks and breaks to be seen."""
    return f"“{escaped(token.translate({**SIGNS, 0x20: '␣'}))}”"


def _labels_in_brief(view: AtlasView, labels: Sequence[Label]) -> Cell:
    if not labels:
        return "nothing: " + (
            "no recorded run selected this head" if view.tried else "no recipe was run on this model yet"
        )
    parts = []
    for name, group in zip(
        ("shown", "selected by each recipe that was run, not shown", "selected by some recipes only"),
        _by_strength(labels),
        strict=True,
    ):
        named = [ref("heads", label.head_type) for label in group[:OPEN_LABELS]]
        more = f" and {len(group) - OPEN_LABELS} more" if len(group) > OPEN_LABELS else ""
        if group:
            parts.append((f"**{name}**: ", joined(named), more))
    return joined(parts, "; ")


def _by_strength(labels: Sequence[Label]) -> tuple[list[Label], list[Label], list[Label]]:
    """Types that are shown for the head, those whose recipes all selected it, and those of which only some did."""
    shown = [label for label in labels if label.shown]
    rest = [label for label in labels if not label.shown]
    return shown, [label for label in rest if not label.missed], [label for label in rest if label.missed]


def _labels(labels: Sequence[Label], *, folded: bool) -> list[Element]:
    """A row a head type, those that are shown first; where only some recipes selected the head they are folded if many, or all are."""
    shown, each, some = _by_strength(labels)
    first, rest = [*shown, *each], some
    if len(some) <= OPEN_LABELS or folded:
        first, rest = [*first, *some], []

    def table(rows: Sequence[Label]) -> Element:
        return table_of(
            rows,
            {
                "Head type": lambda label: ref("heads", label.head_type),
                "Recipes that selected it": lambda label: ", ".join(f"`{name}`" for name in label.met),
                "Recipes that did not": lambda label: ", ".join(f"`{name}`" for name in label.missed) or "none",
                "Shown for it": lambda label: "yes" if label.shown else "no",
            },
        )

    if not labels:
        return []
    nodes: list[Element] = [table(first)] if first else []
    if folded:
        return [
            Fold(
                f"Recipes of {counted(len(first), 'head type')} that selected this head, or some of them", tuple(nodes)
            )
        ]
    if rest:
        nodes.append(Fold(f"{counted(len(rest), 'head type')} for which only some recipes selected it", (table(rest),)))
    return [
        Prose(
            "Only a type that is shown is a role: every defining criterion is met, and the causal check, where there is one, is confirmed. "
            "A check silences all heads that a recipe found together: the head is one of those that it takes."
        ),
        *nodes,
    ]


def _patterns(view: AtlasView, model: Model, head: HeadIndex) -> list[Element]:
    """A figure for each sentence; the sentences are the same for all heads."""
    text = view.texts.get(head)
    if text is None:
        return []
    drawn: list[Element] = []
    for sentence, encoded in zip(view.sentences, text.patterns, strict=True):
        name = SENTENCES.get(sentence.id, plain(sentence.id))
        label = f"Attention pattern of {model.name} {head}. {name}: {' '.join(map(short, sentence.tokens))}"
        start = _most_telling(pattern_of(encoded, len(sentence.tokens)))
        drawn.append(PatternFigure(label, sentence.tokens, encoded, start, f"**{name}**"))
    note = "In the squares, rows look at columns; the stronger the colour, the more attention, in tenths."
    return [Prose(note), *drawn]


def _most_telling(rows: Sequence[Sequence[float]]) -> int:
    """The query in the second half that looks most at one other token than the first; the last of several."""
    half = range(len(rows) // 2, len(rows))
    return max(half, key=lambda q: (max((w for k, w in enumerate(rows[q]) if k not in (0, q)), default=0.0), q))


def _measures(view: AtlasView, head: HeadIndex) -> list[Element]:
    places = [(c, place) for c in view.atlas.columns if (place := view.place(c.id, head))]
    if not places:
        return []
    rows = table_of(
        places,
        {
            "Measure": lambda row: column_ref(view, row[0].id),
            "Value": lambda row: amount(row[1]),
            "Place": lambda row: order(row[1]),
            "Among all heads": lambda row: (
                strip(view.table.values[row[0].id].values(), row[1].value) if row[1].rank else ""
            ),
            "Prompts": lambda row: row[0].prompts or "weights alone",
        },
        style="hk-vals",
    )
    pattern = sum(view.place(c.id, head) is not None for c in view.patterns())
    chance = f" With {pattern} pattern scores many heads stand high in one of them by chance" if pattern > 1 else ""
    note = f"Place 1 is the head that the score looks for most; the strip holds all heads from the lowest value to the highest.{chance}{': a place is no criterion.' if chance else ''}"
    undefined = [column_ref(view, c.id) for c in view.atlas.columns if view.place(c.id, head) is None]
    nodes: list[Element] = [Prose(note), rows]
    return [*nodes, bullets([("Undefined for this head: ", joined(undefined), ".")])] if undefined else nodes
