"""What a head looks at: the section of a head type with the pattern that is recorded of it, and its caption."""

from __future__ import annotations

from shlex import quote

from headkb.catalog.inline import plain
from headkb.catalog.patterns import HeadPattern, pattern_of_head
from headkb.catalog.schema import Head, Run
from headkb.catalog.showing import Showing, Word
from headkb.catalog.tables import ranks
from headkb.site.atlas_words import figure, ordinal
from headkb.site.commands import model_code
from headkb.site.compose import counted, section
from headkb.site.document import Cell, Element, Fold, PatternFigure
from headkb.site.links import head_path
from headkb.site.parts import Context, kind_of, ref, score_ref

_NOT: dict[Word, str] = {"undecided": ", which the runs leave undecided", "invalidated": ", whose runs were withdrawn"}
LIMITS = (
    "One head in one text: an illustration, on which no showing rests. It shows where the head looks, not what it writes or "
    "whether the model needs it."
)


def pattern_nodes(context: Context, head: Head) -> list[Element]:
    """The section of a head type; empty if no pattern of it is recorded."""
    pattern = pattern_of_head(context.catalog, head.id)
    if pattern is None:
        return []
    run = context.catalog.runs[pattern.run]
    model = context.name("models", pattern.model)
    label = f"Attention of {pattern.head} of {model} between all tokens of the text: rows are queries, columns keys"
    drawn = PatternFigure(label, pattern.tokens, pattern.pattern, pattern.start, _caption(context, head, pattern, run))
    return section("What it looks at", "pattern", [drawn, Fold("Draw it again", (draw_code(context, pattern),))])


def draw_code(context: Context, pattern: HeadPattern) -> Element:
    """The command that draws a pattern again."""
    model = context.catalog.models[pattern.model]
    name = (model.quantisation_of or model.id) if model.package else model.id
    line = f"headkb pattern {name} {pattern.head} --text {quote(pattern.text)}"
    return model_code(line, model=model if pattern.model_source == "package" else None)


def _caption(context: Context, head: Head, pattern: HeadPattern, run: Run) -> Cell:
    """Model and head, what the runs show of the type in it, why this head, the text, and what the figure does not show."""
    model = context.catalog.models[pattern.model]
    kind = kind_of(context, pattern.model)
    named = f"Layer {pattern.head.layer}, head {pattern.head.head}"
    if context.has_head_page(pattern.model, pattern.head):
        named = f"[{named}](@{head_path(pattern.model, pattern.head)})"
    where = f"**{named} of {ref('models', model.id)}**, {'an' if kind[0] in 'aeou' else 'a'} {kind}. "
    stored = f" The weights are stored as {plain(model.quantisation)}." if model.quantisation else ""
    return (
        where,
        f"{shown_words(context.catalog.evidence.showings.get((head.id, model.id)))} ",
        _choice(context, pattern, run),
        f" {_text_of(pattern, run)} In the square, rows look at columns. {LIMITS}{stored} ",
        f"[All weights, text and hash](@heads/{head.id}.pattern.json).",
    )


def shown_words(showing: Showing | None) -> str:
    """Whether the type is shown in the model, in one sentence; of an exact model, which gives no showing, that it is one."""
    if showing is None:
        return "Its weights were set by hand, so it tells nothing of where trained models have such heads."
    why = plain(showing.why)
    if showing.word == "shown":
        return f"The type is shown in this model: {why}."
    if showing.word == "partly":
        return f"The type is shown only partly in this model: {why}."
    return f"The type is not shown in this model{_NOT.get(showing.word, '')}: {why}."


def _choice(context: Context, pattern: HeadPattern, run: Run) -> Cell:
    """Why this head: its value in the run, and its place."""
    scores = run.scores()
    place = ranks(scores, run.higher_is)[pattern.head]
    value = f"{figure(scores[pattern.head])}, {ordinal(place)} of {counted(len(scores), 'head')}"
    first = {"more": "highest", "less": "lowest"}.get(run.higher_is, "strongest")
    by = f"{ref('runs', run.id, 'run')} of {run.date}"
    if pattern.head in run.heads:
        among = (
            f"one of {counted(len(run.heads), 'head')} that pass" if len(run.heads) > 1 else "the only head that passes"
        )
        why = f"This head is {among} the recipe `{run.recipe}`"
    elif place == 1:
        why = (
            f"No head passes the recipe `{run.recipe}`; this is the one with the {first} score" if not run.heads else ""
        )
    else:
        why = ""
    why = why or f"The recipe `{run.recipe}` did not select this head"
    reads = context.catalog.scores[run.score].needs if run.score in context.catalog.scores else ()
    other = "" if "pattern" in reads else " The score does not measure where a head looks: the figure adds that."
    return (f"{why} ({score_ref(run.score)} {value}; {by}).{other}",)


def _text_of(pattern: HeadPattern, run: Run) -> str:
    """Where the text is from, and what the run read."""
    read = f"`{run.prompts.generator}`" if run.prompts.generator and run.prompts.n else ""
    prompt = pattern.prompt
    if prompt is None:
        return f"The text was written for headkb; the run read {read}." if read else "The text was written for headkb."
    said = f"The text is prompt {prompt.number} of `{prompt.generator}`, seed {prompt.seed}"
    if prompt.generator != run.prompts.generator:
        return f"{said}; the run read {read or 'weights alone'}."
    changed = {k: v for k, v in prompt.parameters.items() if run.prompts.parameters.get(k) != v}
    shorter = "".join(f", {key} {value}" for key, value in changed.items())
    return f"{said}{shorter}, shorter than those of the run." if shorter else f"{said}."
