"""Tools: the page of one, and the list of all."""

from __future__ import annotations

from headkb.catalog.inline import plain
from headkb.catalog.schema import Tool
from headkb.site.compose import by_name, facts, listing, prose, section
from headkb.site.document import Cell, Element, Page
from headkb.site.foot import record_page
from headkb.site.parts import Context, also_called, bullets, joined, ref, refs, remarks, score_ref, sources_section

ABILITIES = {
    "reads": "reads them",
    "edits": "edits them",
    "scores": "scores them",
    "shows": "draws their patterns",
    "traces": "traces what passes between parts",
}


def tool_page(context: Context, tool: Tool) -> Page:
    """A tool: what it does with heads, how they are addressed in it, and how its numbers map to headkb's."""
    links: list[Cell] = [f"[{plain(tool.home.split('/')[2])}]({tool.home})"] if tool.home else []
    links += [f"[{link.label}]({link.url})" for link in tool.links]
    body: list[Element] = [
        *prose(tool.summary, lead=True),
        facts(
            ("Also called", also_called(tool)),
            ("With heads", ", ".join(ABILITIES[ability] for ability in tool.does)),
            ("Counts from", None if tool.counts_from is None else str(tool.counts_from)),
            ("Install", tool.install and f"`{plain(tool.install)}`"),
            ("Licence", tool.licence),
            ("Links", joined(links, " · ") if links else None),
            ("Papers", refs("papers", tool.papers) if tool.papers else None),
        ),
        *section("What it does with heads", "heads", prose(tool.heads)),
        *section("How to address one head", "address", prose(tool.address)),
        *section("With headkb", "headkb", [*prose(tool.headkb), *_variants(context, tool)]),
        *prose(tool.description),
        *section("Cautions", "cautions", remarks(tool.cautions)),
        *sources_section(tool.sources),
    ]
    return record_page(context, tool, body, subtitle="Tool", boost=1.5)


def _variants(context: Context, tool: Tool) -> list[Element]:
    """The variants of headkb's scores that equal a number of the tool, as the records of the scores say."""
    names = tuple(name.casefold() for name in tool.names())
    lines = bullets(
        (score_ref(score.id), f", `{name}`: {plain(variant.tool or '')}")
        for score in by_name(context.catalog.scores.values())
        for name, variant in score.variants.items()
        if variant.tool and variant.tool.casefold().startswith(names)
    )
    return section("Numbers that equal its own", "variants", lines, 3)


def tools_hub(context: Context) -> list[Element]:
    """Tools by name."""
    return listing(
        by_name(context.catalog.tools.values()),
        {
            "Tool": lambda t: ref("tools", t.id),
            "What it is": lambda t: t.summary,
            "With heads": lambda t: ", ".join(t.does),
            "Counts from": lambda t: "–" if t.counts_from is None else str(t.counts_from),
            "Licence": lambda t: t.licence or "–",
        },
        lambda t: {"does": "|".join(t.does), "licence": t.licence or "none"},
        {"does": "With heads", "licence": "Licence"},
        name="tools",
    )
