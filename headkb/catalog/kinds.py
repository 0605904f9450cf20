"""The kinds of record: all that is special about each, in one table. It loads no schema, so that a look-up is quick.

A new kind is a schema, an entry of `Kind` and `KINDS` here and of `Records`, and its pages in `headkb.site.pages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from headkb.catalog.kind_spec import HEADS, OBJECTS, TEXT, TEXT_OR_NULL, WITH_ID, KindSpec

Kind = Literal[
    "heads",
    "papers",
    "methods",
    "scores",
    "benchmarks",
    "stages",
    "circuits",
    "models",
    "claims",
    "runs",
    "atlases",
    "tools",
    "glossary",
]
"""The folder that holds the records."""


KINDS: Mapping[Kind, KindSpec] = {
    "heads": KindSpec(
        schema_name="Head",
        singular="head",
        label="Head type",
        title="Head types",
        description="Every type of attention head that the catalog knows, with claims and what runs show, by kind of model.",
        columns=("stage", "category", "#papers", "#claims", "definition"),
        meaning=frozenset({"name", "definition", "criterion", "stage", "category", "recipes"}),
        weight=9,
        stable={
            **dict.fromkeys(("name", "stage", "category"), TEXT),
            "aliases": OBJECTS,
            "papers": WITH_ID,
            "disputes": OBJECTS,
        },
        template="""
            name: {title} head
            stage: ‹one of `headkb list stages`›
            category: ‹a category of that stage: `headkb show stages …`›
            placement: {by: headkb, reason: ‹why it belongs there›}
            definition: ‹one sentence: what it attends to, and what it writes›
            no_recipe:
              reason: ‹why no score decides it yet; or write `recipes` instead›
              needed: ‹what would be needed to decide it›
            """,
    ),
    "papers": KindSpec(
        schema_name="Paper",
        name_field="title",
        singular="paper",
        label="Paper",
        title="Papers",
        description="Papers, posts and theses about attention heads, newest first.",
        columns=("date", "venue", "#heads", "#claims"),
        meaning=frozenset({"title", "arxiv", "doi", "heads"}),
        weight=3,
        identifiers=("arxiv", "doi"),
        stable={"title": TEXT, "date": TEXT, "arxiv": TEXT_OR_NULL, "links": OBJECTS, "heads": WITH_ID},
        template="""
            title: ‹the full title›
            authors: [‹First Last›]
            date: {year}
            links:
              - {label: Paper, url: "https://‹address›"}
            heads:
              - {id: ‹head type›, role: ‹introduces, replicates, applies, observes or contests›}
            summary:
              innovation: ‹what is new, in your own words; 60 words for the three together›
            summary_basis: abstract
            """,
    ),
    "methods": KindSpec(
        schema_name="Method",
        singular="method",
        label="Method",
        title="Discovery methods",
        description="Ways in which heads are found, in the survey's classes.",
        columns=("class", "implementation", "definition"),
        meaning=frozenset({"name", "definition", "class", "formula"}),
        weight=7,
        template="""
            name: {title}
            class: modeling-free/replacement-based
            placement: {by: headkb, reason: ‹why this class›}
            definition: ‹one sentence›
            no_implementation: ‹why headkb has no code for it›
            sources:
              - {paper: ‹paper id›, locator: ‹section, table or figure›}
            """,
    ),
    "scores": KindSpec(
        schema_name="ScoreRecord",
        singular="score",
        label="Score",
        title="Scores",
        description="The numbers that headkb computes for every head of a model.",
        columns=("direction", "summary", "unit", "needs"),
        meaning=frozenset({"name", "summary", "formula", "direction", "parameters", "variants"}),
        weight=6,
        template="""
            name: {title}
            summary: ‹one sentence: what a high value means›
            needs: [pattern]
            formula: ‹LaTeX; A is the pattern, t a query position, Q the queries that count›
            range: {least: 0, most: 1}
            unit: unitless
            direction: more
            direction_reason: ‹what a high and a low value say of a head, from the formula›
            cost: {forward: P}
            sources:
              - {paper: ‹paper id›, locator: ‹section, equation or figure›}
            """,
    ),
    "benchmarks": KindSpec(
        schema_name="Benchmark",
        singular="benchmark",
        label="Benchmark",
        title="Benchmarks",
        description="Data sets and prompt families that heads are studied on.",
        columns=("kind", "definition"),
        meaning=frozenset({"name", "definition", "kind"}),
        weight=5,
        identifiers=("hub_id",),
        template="""
            name: {title}
            kind: mechanism
            definition: ‹one sentence›
            task: ‹what is asked of the model›
            sources:
              - {paper: ‹paper id›, locator: ‹section›}
            """,
    ),
    "stages": KindSpec(
        schema_name="Stage",
        singular="stage",
        label="Stage",
        title="Stages",
        description="The four stages into which the survey sorts head types.",
        columns=("abbreviation", "definition"),
        meaning=frozenset({"name", "definition", "order", "categories"}),
        weight=7,
        identifiers=("abbreviation",),
        template="""
            name: {title}
            abbreviation: {initials}
            order: 1
            analogy: ‹the step of human thinking that it is compared with›
            definition: ‹one sentence›
            categories:
              - {id: ‹id›, name: ‹name›, definition: ‹one sentence›}
            sources:
              - {paper: ‹paper id›, locator: ‹section›}
            """,
    ),
    "circuits": KindSpec(
        schema_name="Circuit",
        singular="circuit",
        label="Circuit",
        title="Circuits",
        description="Heads that work together on a task.",
        columns=("model", "#nodes", "definition"),
        meaning=frozenset({"name", "nodes", "edges", "model"}),
        weight=6,
        template="""
            name: {title}
            task: ‹what the circuit does›
            definition: ‹one sentence›
            nodes:
              - {id: first, head: ‹head type›, role: ‹its part›}
            sources:
              - {paper: ‹paper id›, locator: ‹section›}
            """,
    ),
    "models": KindSpec(
        schema_name="Model",
        singular="model",
        label="Model",
        title="Models",
        description="Models whose heads are studied; those with most named heads first.",
        columns=("kind", "n_layers", "n_heads", "#claims", "hub_id"),
        meaning=frozenset({"hub_id", "revision", "n_layers", "n_heads", "n_key_value_heads"}),
        weight=8,
        identifiers=("hub_id",),
        template="""
            name: {id}
            kind: public
            hub_id: ‹owner/name›
            family: ‹family›
            n_layers: ‹number›
            n_heads: ‹number›
            sources:
              - {url: "https://‹address of its config›", locator: config.json}
            """,
    ),
    "claims": KindSpec(
        schema_name="ClaimFile",
        name_field=None,
        singular="claim",
        label="Claims",
        title="Claims",
        description="What sources say about particular heads, one page per source.",
        columns=("head", "model", "standing", "heads", "statement"),
        meaning=frozenset({"claims", "measures"}),
        weight=1,
        stable={"head": TEXT_OR_NULL, "model": TEXT, "heads": HEADS, "source": {"type": "object"}, "standing": TEXT},
        template="""
            paper: {id}
            claims:
              - id: ‹short-id›
                head: ‹head type›
                model: ‹model id›
                heads: [‹L9H6›]
                statement: ‹what the source says, in your own words›
                source: {paper: {id}, locator: ‹table, figure or section›}
                confidence: high
            """,
    ),
    "runs": KindSpec(
        schema_name="Run",
        name_field=None,
        singular="run",
        label="Run",
        title="Runs",
        description="Every run of headkb, successes and failures alike, newest first.",
        columns=("outcome", "head", "score", "model", "model_kind", "date"),
        meaning=frozenset({"values", "expected", "table", "causal"}),
        weight=0,
        stable={
            **dict.fromkeys(("head", "model", "model_kind"), TEXT),
            **dict.fromkeys(("showing", "standing"), TEXT_OR_NULL),
            "heads": HEADS,
        },
        made_by="headkb reproduce HEAD --model M --record",
    ),
    "atlases": KindSpec(
        schema_name="Atlas",
        name_field=None,
        singular="atlas",
        label="Atlas",
        title="Atlases",
        description="Every head of a model under every score, by what it writes and by what breaks without it.",
        columns=("model", "date", "#columns"),
        meaning=frozenset({"columns", "prompts", "weights_sha256"}),
        weight=2,
        stable={"model": TEXT, "date": TEXT, "columns": WITH_ID},
        made_by="headkb atlas M --record",
    ),
    "tools": KindSpec(
        schema_name="Tool",
        singular="tool",
        label="Tool",
        title="Tools",
        description="Libraries and viewers that read, edit, score or show attention heads.",
        columns=("does", "counts_from", "licence", "summary"),
        meaning=frozenset({"name", "summary", "does", "address", "counts_from"}),
        weight=5,
        stable={"name": TEXT, "does": {"type": "array", "items": TEXT}},
        template="""
            name: {title}
            summary: ‹what it is, in one sentence›
            does: [‹reads, edits, scores, shows or traces›]
            heads: ‹what it does with single heads, and what it does not›
            links:
              - {label: Code, url: "https://‹address›"}
            sources:
              - {repository: ‹owner/name›, commit: ‹commit›, path: ‹file›}
            """,
    ),
    "glossary": KindSpec(
        schema_name="Term",
        singular="term",
        label="Term",
        title="Glossary",
        description="The words of the field.",
        columns=("definition",),
        meaning=frozenset({"name", "definition"}),
        weight=4,
        template="""
            name: {title}
            definition: ‹one or two sentences›
            """,
    ),
}
"""Kind → what is special about it, in the order in which lists and exports go through them."""
