"""What the rules about content find, and what they leave alone, case by case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb.catalog import Catalog
from headkb.catalog.identifiers import in_doi, in_url
from headkb.catalog.load import load
from headkb.catalog.prose import formulas, words
from headkb.catalog.rules import RULES, check
from headkb.cli import main

HEAD = """name: Odd Head
stage: first-stage
category: noticing
placement: {by: survey}
definition: DEFINITION
no_recipe: {reason: odd, needed: sense}
"""
PAPER = """title: TITLE
authors: [AUTHOR]
date: DATE
doi: 10.0000/odd.1
heads: [{id: sparkle, role: applies}]
"""

Load = Callable[[str, str], Catalog]


@pytest.fixture
def with_file(toy_copy: Path) -> Load:
    """The toy catalog with one file more."""

    def write(name: str, text: str) -> Catalog:
        (toy_copy / name).write_text(text, encoding="utf-8")
        catalog, problems = load(toy_copy)
        assert problems == [], [d.text() for d in problems]
        return catalog

    return write


def fires(catalog: Catalog, rule: str) -> bool:
    """Whether a rule finds anything."""
    return any(RULES[rule].check(catalog))


@pytest.mark.parametrize(
    ("rule", "text", "fault"),
    [
        ("doubled-word", "It looks at what what is odd.", True),
        ("doubled-word", "It holds that that jar is odd.", False),
        ("doubled-word", "In layer 1 1 of 2 heads.", False),
        ("doubled-word", "Prompts such as `a jar jar lid`, “a jar jar lid” and `A` to `B` to the end.", False),
        ("doubled-word", "Prompts such as `a jar jar lid` lead to to the end.", True),
        ("bare-latex", r"Its score is \frac{1}{n} of all.", True),
        ("bare-latex", r"Its score is $\frac{1}{n}$ of `x_{i}`.", False),
        ("bare-latex", "It reads W_Q and d_model.", False),
        ("unclosed-mark", "It looks at $x of the jar.", True),
        ("unclosed-mark", "It looks at `x of the jar.", True),
        ("unclosed-mark", "It looks at the jar) first.", True),
        ("unclosed-mark", 'It continues "The Odd Jar (" with a letter.', False),
        ("unclosed-mark", "Shares in (0, 1] of the jar.", False),
        ("unclosed-mark", "It 1) looks and b) writes, or (i) looks, ii) reads, iii) writes.", False),
        ("unclosed-mark", "It looks at '(', at ‘[’ and at the jar.", False),
        ("unclosed-mark", "It reaches (n - 1) / n.", False),
        ("malformed-link", "It works with [[heads/Twinkle Head]].", True),
        ("malformed-link", "The jars are [[1, 2], [3, 4]] in full.", False),
        ("malformed-link", "It works with `[[twinkle]]` and [[heads/twinkle]] and [[heads/twinkle|others]].", False),
        ("bad-formula", r"It is $\frac{1}{n}$ and $\left( x$.", True),
        ("bad-formula", r"It is $\begin{cases} x \end{case}$.", True),
        ("bad-formula", r"It is $\{x\}$ and $\left( x \right)$ and $\leftarrow$.", False),
        ("unlinked-citation", "It moves names [12].", True),
        ("unlinked-citation", "Moss et al. (1999) named it.", True),
        ("unlinked-citation", "Others agree (Moss and Fern, 1999).", True),
        ("unlinked-citation", "Others agree (Octavia, 1999).", True),
        ("unlinked-citation", "Others agree (Marks and Moss, 2023).", True),
        ("unlinked-citation", "Others agree (Mayer 2020).", True),
        ("unlinked-citation", "It was shown twice (NeurIPS 2023), (ICLR 2024), (Dec. 2023), (Summer 2021).", False),
        ("unlinked-citation", "Moss et al. named it, clamped to [0, 1], in its last form (May 2001).", False),
        ("authors-voice", "In this paper it is a jar.", True),
        ("authors-voice", "Our results hold for jars.", True),
        ("authors-voice", "The authors say “in this paper we show jars”.", False),
        ("authors-voice", "Few heads do this work, on sentences of our own; we know of no test.", False),
        ("head-spelling", "It is layer 0, head 1.", True),
        ("head-spelling", "It is a0.h1 in small jars.", True),
        ("head-spelling", "It is L0.H1 in small jars.", True),
        ("head-spelling", "It is a1.h20 on A100, H100 and L40 H200 cards.", True),
        ("head-spelling", "Made on A100, H100 and L40 H200 cards.", False),
        ("head-spelling", "The source writes a0.h1 for L0H1.", False),
        ("head-spelling", "Hooks are named `L0.H1` there, and heads 1 and 2 lie in 3 layers.", False),
        ("unsupported-markdown", "![a jar](https://example.org/jar.png)", True),
        ("unsupported-markdown", "It is number # 1 and > 2.", False),
        ("unsupported-markdown", "It holds where\n|x| of the jar is\n> 0.5 of all.", False),
        ("unsupported-markdown", "Jars:\n| jar | lid |\n|---|---|", True),
        ("unsupported-markdown", "They say:\n> jars are odd", True),
    ],
)
def test_texts_are_judged_as_readers_see_them(rule: str, text: str, fault: bool, with_file: Load) -> None:
    """A slip is found in a sentence, and nothing in code, formulas and quotations."""
    note = "".join(f"  {line}\n" for line in text.splitlines())
    catalog = with_file("heads/odd.yaml", HEAD.replace("DEFINITION", "Looks at what is odd.") + f"notes: |-\n{note}")
    assert fires(catalog, rule) == fault


@pytest.mark.parametrize(
    ("rule", "definition", "fault"),
    [
        ("stub-definition", "Odd head.", True),
        ("stub-definition", "Looks at jars.", False),
        ("circular-definition", "Odd heads look at jars.", True),
        ("circular-definition", "Oddly, it looks at jars.", False),
        ("circular-definition", "Odd-even jars are read.", False),
        ("long-definition", "Looks at jars. Then it writes.", True),
        ("long-definition", "Looks at jars, e.g. Large ones, as J. Moss saw.", False),
        ("long-definition", "Looks at names (Mr. Moss, St. Fern etc. `x`), resp. Lids.", False),
    ],
)
def test_definitions_define_in_one_sentence(rule: str, definition: str, fault: bool, with_file: Load) -> None:
    """A definition says something, does not begin with its own name, and ends with its first sentence."""
    assert fires(with_file("heads/odd.yaml", HEAD.replace("DEFINITION", definition)), rule) == fault


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "fault"),
    [
        ("author-form", "moss-2002-odd", "AUTHOR", "Ada Moss and Bo Fern", True),
        ("author-form", "moss-2002-odd", "AUTHOR", "Ada Moss et al.", True),
        ("author-form", "moss-2002-odd", "AUTHOR", "ADA MOSS", True),
        ("author-form", "moss-2002-odd", "AUTHOR", "J. R. Moss, OPENJAR", False),
        ("author-form", "moss-2002-odd", "AUTHOR", "Institute of Jars and Lids", False),
        ("paper-id", "moss-2003-odd", "AUTHOR", "Ada Moss", True),
        ("paper-id", "fern-2002-odd", "AUTHOR", "Ada Moss", True),
        ("paper-id", "odd-jars", "AUTHOR", "Ada Moss", True),
        ("paper-id", "moss-2002b-odd", "AUTHOR", "Ada Moss", False),
        ("paper-id", "mueller-2002-odd", "AUTHOR", "Ada Müller", False),
        ("paper-id", "muller-2002-odd", "AUTHOR", "Ada Müller", False),
        ("paper-id", "miller-2002-odd", "AUTHOR", "Ada Müller", True),
        ("paper-id", "anonymous-2002-odd", "AUTHOR", "王伟", False),
        ("paper-id", "opielka-2002-odd", "AUTHOR", "Gustaw Opiełka", False),
        ("paper-id", "de-la-mer-2002-odd", "AUTHOR", "Zoé de la Mer", False),
        ("bibtex-residue", "moss-2002-odd", "TITLE", "Jars--a study", True),
        ("bibtex-residue", "moss-2002-odd", "TITLE", r"Jars \& lids", True),
        ("bibtex-residue", "moss-2002-odd", "TITLE", "Jars and lids.", True),
        ("bibtex-residue", "moss-2002-odd", "TITLE", "ALL ABOUT JARS", True),
        ("bibtex-residue", "moss-2002-odd", "TITLE", "Jars of the U.S.", False),
        ("bibtex-residue", "moss-2002-odd", "TITLE", "Jars, Lids, etc.", False),
        ("bibtex-residue", "moss-2002-odd", "TITLE", '"JAR, T5, BERT"', False),
        ("bibtex-residue", "moss-2002-odd", "TITLE", r"$K_{1} \neq K_{2}$ in BERT & AtP*", False),
        ("future-date", "moss-2002-odd", "DATE", "2099", True),
        ("future-date", "moss-2002-odd", "DATE", "2002-01", False),
        ("mixed-scripts", "moss-2002-odd", "AUTHOR", "Ada M\u043ess", True),
        ("mixed-scripts", "moss-2002-odd", "AUTHOR", "Анна Мох", False),
        ("mixed-scripts", "moss-2002-odd", "TITLE", "μP and α-jars", False),
    ],
)
def test_papers_are_written_in_one_way(rule: str, file: str, old: str, new: str, fault: bool, with_file: Load) -> None:
    """Authors, ids, titles and dates of a paper have one form."""
    text = PAPER.replace(old, new)
    for key, value in (("TITLE", "An Odd Paper"), ("AUTHOR", "Ada Moss"), ("DATE", "2002-01-01")):
        text = text.replace(key, value)
    assert fires(with_file(f"papers/{file}.yaml", text), rule) == fault


@pytest.mark.parametrize(
    ("arxiv", "fault"),
    [
        ("1412.0001", False),
        ("1412.00001", True),
        ("1501.00001", False),
        ("1501.0001", True),
        ("0703.0001", True),
        ("0704.0001", False),
        ("1501.00000", True),
        ("hep-th/9901001", False),
        ("hep-th/0703001", False),
        ("hep-th/0704001", True),
    ],
)
def test_an_arxiv_id_fits_its_month(arxiv: str, fault: bool, with_file: Load) -> None:
    """Numbers have four digits until December 2014 and five after; subjects ended in March 2007."""
    text = PAPER.replace("doi: 10.0000/odd.1", f'arxiv: "{arxiv}"').replace("AUTHOR", "Ada Moss")
    text = text.replace("TITLE", "An Odd Paper").replace("DATE", "2002-01-01")
    assert fires(with_file("papers/moss-2002-odd.yaml", text), "impossible-arxiv") == fault


def test_identifiers_are_read_from_addresses_and_dois() -> None:
    """Forms of one address give one identifier, and other addresses none."""
    for url in ("abs/2211.00593", "pdf/2211.00593v3.pdf", "html/2211.00593v1/"):
        assert in_url(f"https://arxiv.org/{url}") == ("arxiv", "2211.00593")
    assert in_url("https://arxiv.org/abs/hep-th/9901001v2") == ("arxiv", "hep-th/9901001")
    assert in_url("https://aclanthology.org/2023.acl-long.1.pdf") == ("acl", "2023.acl-long.1")
    assert in_url("https://openreview.net/pdf?id=NpsVSN6o4ul") == ("openreview", "NpsVSN6o4ul")
    assert in_url("https://doi.org/10.18653/v1/2023.acl-long.1") == ("acl", "2023.acl-long.1")
    assert in_url("https://doi.org/10.1016/S0010-9452%2808%2970104-1") == ("doi", "10.1016/S0010-9452(08)70104-1")
    assert in_doi("10.48550/arXiv.2211.00593v2") == ("arxiv", "2211.00593")
    assert in_doi("10.3115/v1/P15-1001") == ("acl", "P15-1001")
    assert in_url("https://arxiv.org/list/cs.CL/recent") is None
    assert in_url("https://arxiv.org/abs/2211.593") is None
    assert in_doi("10.1000/182") is None


def test_prose_leaves_out_code_formulas_and_names(toy_catalog: Catalog) -> None:
    """What is read as sentences are the fields of prose; ids, locators, addresses and formulas are none."""
    fields = {field[-1] for _, field, _ in toy_catalog.prose}
    assert {"definition", "description", "statement", "innovation", "note", "text", "prediction"} <= fields
    assert fields.isdisjoint({"formula", "name", "title", "locator", "url", "id", "head", "path"})
    assert words("Reads `x` and **writes** $y$, see [jars](https://example.org).") == "Reads   and writes  , see jars."
    assert list(formulas("**$a$** and `$b$` and $$c$$")) == ["a", "c"]


def test_an_imported_paper_without_heads_and_summary_fails_only_the_strict_run(toy_copy: Path) -> None:
    """Stubs are kept out of the catalog, and do not stop whoever is still at work."""
    stub = "title: An Odd Paper\nauthors: [Ada Moss]\ndate: 2002\ndoi: 10.0000/odd.1\n"
    (toy_copy / "papers" / "moss-2002-odd.yaml").write_text(stub)
    runner = CliRunner()
    plain = runner.invoke(main, ["validate", str(toy_copy)])
    strict = runner.invoke(main, ["validate", str(toy_copy), "--strict"])
    assert "warning[stub-paper]" in plain.output
    assert (plain.exit_code, strict.exit_code) == (0, 1)


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        ("stub-paper", "papers/moss-2002-odd.yaml", "title: An Odd Paper\nauthors: [Ada Moss]\ndate: 2002\n"),
        ("unused-model", "models/odd.yaml", "name: Odd\nkind: public\nfamily: jar\nn_layers: 2\nn_heads: 2\n"),
    ],
)
def test_nothing_is_called_unused_while_a_file_is_refused(rule: str, name: str, text: str, toy_copy: Path) -> None:
    """The file that cannot be read may hold what seems to be missing."""
    (toy_copy / name).write_text(text)
    assert rule in {d.rule for d in check(load(toy_copy)[0])}
    (toy_copy / "claims" / "odd.yaml").write_text("claims: [\n")
    assert rule not in {d.rule for d in check(load(toy_copy)[0])}


def test_a_successor_that_was_replaced_itself_is_no_successor(toy_copy: Path) -> None:
    """Old links lead to where things stand now, in one step."""
    old = HEAD.replace("DEFINITION", "Looked at jars.") + "status: deprecated\nreplaced_by: NEXT\n"
    (toy_copy / "heads" / "older.yaml").write_text(old.replace("NEXT", "old").replace("Odd Head", "Older Head"))
    (toy_copy / "heads" / "old.yaml").write_text(old.replace("NEXT", "sparkle"))
    found = list(RULES["deprecated-target"].check(load(toy_copy)[0]))
    assert [(f.record.id, f.field, f.fix) for f in found] == [("older", ("replaced_by",), "write sparkle")]


def test_an_edge_that_one_of_its_models_allows_is_judged_in_each(toy_copy: Path) -> None:
    """Where the heads of a second model lie the wrong way round, the edge is reported once, with that model."""
    deep = "name: Deep jar\nkind: public\nfamily: jar\nn_layers: 4\nn_heads: 4\n"
    (toy_copy / "models" / "deep-jar.yaml").write_text(deep)
    path = toy_copy / "circuits" / "jar-opening.yaml"
    also = (
        "also_in:\n  - {model: deep-jar, heads: {look: [L3H1], act: [L3H0]}, sources: [{paper: moss-1999-sparkle}]}\n"
    )
    path.write_text(path.read_text() + also)
    found = list(RULES["backward-edge"].check(load(toy_copy)[0]))
    assert len(found) == 1
    assert found[0].message.startswith("in deep-jar look begins in layer 3")


def test_numbers_a_little_outside_their_range_are_left_alone(toy_copy: Path) -> None:
    """Training and rounding overshoot; a share that was printed in percent does not pass, in a table either."""
    table = toy_copy / "claims" / "moss-1999-sparkle" / "jar-small.csv"
    table.write_text("layer,head,glow\n0,0,-0.05\n0,1,1.05\n")
    assert not fires(load(toy_copy)[0], "value-out-of-range")
    table.write_text("layer,head,glow\n0,0,0.5\n0,1,93\n")
    found = list(RULES["value-out-of-range"].check(load(toy_copy)[0]))
    assert [f.message for f in found] == ["L0H1: 93 is not between 0 and 1, the range of glow."]


def test_the_shipped_catalog_breaks_no_rule(real_catalog: Catalog) -> None:
    """Every record keeps every rule, warnings included."""
    assert [d.text() for d in check(real_catalog)] == []


def test_a_suffix_behind_a_comma_is_no_first_name(toy_copy: Path) -> None:
    """Who writes `Ada Moss, Jr.` is told to leave out the comma, not to put the suffix first."""
    text = PAPER.replace("TITLE", "Odd").replace("DATE", "2002").replace("AUTHOR", '"Ada Moss, Jr.", "Moss, Ada"')
    (toy_copy / "papers" / "moss-2002-odd.yaml").write_text(text)
    found = [f.fix for f in RULES["author-form"].check(load(toy_copy)[0])]
    assert found == ["write 'Ada Moss Jr.'", "write 'Ada Moss'"]


@pytest.mark.parametrize(("path", "faults"), [("2002.odd-1.pdf", 1), ("attachments/2002.odd-1.Software.zip", 0)])
def test_a_library_holds_code_as_attachments_alone(path: str, faults: int, toy_copy: Path) -> None:
    """A page of a library is no code; what was handed in beside the paper may be."""
    text = PAPER.replace("TITLE", "Odd").replace("DATE", "2002").replace("AUTHOR", "Ada Moss")
    link = f"links: [{{label: Code, url: 'https://aclanthology.org/{path}'}}]\n"
    (toy_copy / "papers" / "moss-2002-odd.yaml").write_text(text + link)
    assert len(list(RULES["mislabelled-link"].check(load(toy_copy)[0]))) == faults


@pytest.mark.parametrize(("component", "faults"), [("attention to subject tokens", 0), ("MLP of layer 1", 1)])
def test_attention_has_queries_and_an_mlp_has_none(component: str, faults: int, toy_copy: Path) -> None:
    """An edge may enter attention that is no known type of head through its queries."""
    path = toy_copy / "circuits" / "jar-opening.yaml"
    more = f"  - {{id: odd, component: {component}, role: acts}}\nedges:\n  - {{from: look, to: odd, via: q}}\n"
    path.write_text(path.read_text().replace("edges:\n", more))
    assert len(list(RULES["edge-input"].check(load(toy_copy)[0]))) == faults


@pytest.mark.parametrize(("heads", "faults"), [("    heads: [L0H1]\n", 1), ("", 0)])
def test_layers_are_news_where_a_claim_names_no_head(heads: str, faults: int, toy_copy: Path) -> None:
    """`heads` says the layer already; without it the statement does."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    old = "    heads: [L0H1]\n    statement: Head L0H1 looks back by one.\n    measure: glow\n    values: {L0H1: 0.9}\n"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, f"{heads}    statement: Found in layer 0.\n"))
    assert len(list(RULES["stub-claim"].check(load(toy_copy)[0]))) == faults
