"""No mark of any page says more than the runs and claims of exactly its head type, model and head.

Pages are made as the site makes them; what they may say is worked out a second time from the YAML files (`tests.plain_facts`). Records and
pages are then spoilt, one at a time, to see that the walk tells of it.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from html import escape

import pytest

from headkb import Catalog
from headkb.site.blocks import blocks
from headkb.site.document import Page
from headkb.site.matrix import stage_chips
from headkb.site.parts import Context
from headkb.site.to_html import node_html
from tests.plain_facts import Facts, read
from tests.plain_showings import Record, recipes_of
from tests.site.mark_parts import ANY_MARK, links, words
from tests.site.mark_walk_compare import CompareWalk
from tests.site.mark_walk_models import ROLES

pytestmark = pytest.mark.slow  # every page of the shipped catalog
Pages = Mapping[str, str]
Spoil = Callable[[dict[str, dict[str, Record]], Facts], Iterable[str]]
"""Changes one of the records, and says which pages then say too much."""
TOLD = re.compile(r"(?:(?:not )?shown|partly|against|undecided|withdrawn) in \d+(?:, | of \d+ tried(?:\.(?=\S)|$))")
"""A piece of a sentence that says how often a type is shown, or the cell of a row before another."""
ON_HOME = ("state", "counts", "legend", "latest-runs")
ON_EVIDENCE = ("standings", "example-claim", "showings", "example-showing")
MARKS = {
    "home": 500,
    "list of heads": 500,
    "heads": 2000,
    "matrices": 15000,
    "reproduction": 3000,
    "models": 15000,
    "heads of models": 40000,
    "claims": 3000,
    "runs": 2000,
}
"""Kind of page → how many marks there are at least."""


@pytest.fixture(scope="module")
def pages(real_context: Context, real_pages: Mapping[str, Page], real_html: Pages) -> Pages:
    """Path → HTML of every page with the sentence that describes it, and of the generated parts of home (path "") and the evidence page."""
    made = {path: f"{html}<p>{escape(real_pages[path].description)}</p>" for path, html in real_html.items()}
    pieces = blocks(real_context)
    for path, names in (("", ON_HOME), ("evidence/", ON_EVIDENCE)):
        made[path] = "\n".join(node_html(pieces[name](path), real_context.links, path) for name in names)
    # Home has room for some of the head types, each as it stands here (see `test_marks`).
    made[""] += node_html(stage_chips(real_context), real_context.links, "")
    return made


@pytest.fixture(scope="module")
def records(real_catalog: Catalog) -> dict[str, dict[str, Record]]:
    """The YAML files."""
    return read(real_catalog.root)


@pytest.fixture(scope="module")
def facts(real_catalog: Catalog, records: dict[str, dict[str, Record]]) -> Facts:
    """What they say."""
    return Facts(real_catalog.root, records)


def walk(facts: Facts, pages: Pages, only: Iterable[str] | None = None) -> CompareWalk:
    """The walk over all pages, or over some."""
    walked = CompareWalk(facts)
    for path in pages if only is None else only:
        walked.page(path, pages[path])
    return walked


@pytest.fixture(scope="module")
def walked(facts: Facts, pages: Pages) -> CompareWalk:
    """The walk over all pages."""
    return walk(facts, pages)


def test_no_mark_says_more_than_was_shown(walked: CompareWalk) -> None:
    """Each mark, letter, count and sentence is what the records of its type, model, head, claim or run say; none is left unexplained."""
    assert walked.problems == []
    total: Counter[str] = Counter()
    for (kind, _), count in walked.seen.items():
        total[kind] += count
    assert {kind: total[kind] for kind, least in MARKS.items() if total[kind] < least} == {}


def test_exact_models_have_no_mark(facts: Facts, pages: Pages) -> None:
    """Neither on their own pages nor anywhere else: no shape, no letter, no sign, no place in a count of models."""
    exact = {model for model in facts.models if facts.kind(model) == "exact"}
    own = [path for path in pages if path.startswith("models/") and path.split("/")[1] in exact]
    assert len(own) > 15
    for path in own:
        html = re.sub(r'<span class="hk-st">(?:not )?as constructed</span>', "", pages[path])
        assert ANY_MARK.search(html) is None, path
        assert not re.search(r"\d+ shown|[1-9]\d* heads with a role", words(html)), path
    assert not [path for path, html in pages.items() if re.search(r"hk-m-[a-z-]+ hk-(?!public|organism)", html)]
    assert not [model for model in exact for _, m in facts.showings if m == model]
    matrix = pages["matrix/models/"]
    assert (
        not {link.split("/")[1] for link in links("matrix/models/", matrix, "") if link.startswith("models/")} & exact
    )


def test_no_head_has_a_role_that_nothing_gives(facts: Facts, pages: Pages) -> None:
    """The roles that pages of heads tell are those that a claim asserts for this very head, or a type that is shown for it."""
    told: dict[tuple[str, str], set[str]] = {}
    for path, html in pages.items():
        if re.fullmatch(r"models/[^/]+/L\d+H\d+/", path):
            _, model, head, _ = path.split("/")
            told[model, head] = {one for _, fact in ROLES.findall(html) for one in links(path, fact, "heads/")}
    grounds = {
        (model, head): {*facts.asserted.get((model, head), ()), *facts.shown_for.get((model, head), ())}
        for model, head in told
    }
    assert [name for name, roles in told.items() if roles - grounds[name]] == []
    assert told == grounds
    assert {*facts.asserted, *facts.shown_for} <= told.keys()
    assert sum(map(bool, told.values())) > 2000


def test_a_checked_formula_stands_on_no_page_of_a_head(pages: Pages) -> None:
    """It is a fact of a source's measure. Pages of sources have it, so that the sign is not just gone."""
    heads = {path: html for path, html in pages.items() if re.fullmatch(r"models/[^/]+/L\d+H\d+/", path)}
    told = [path for path, html in heads.items() if "checked" in html.casefold()]
    assert [path for path in told if "formula checked" in words(heads[path]).casefold()] == []
    assert [path for path in told if "hk-st-formula-checked" in heads[path]] == []
    assert sum("hk-st-formula-checked" in html for path, html in pages.items() if path.startswith("claims/")) > 1


def test_kinds_of_model_are_never_added_up(facts: Facts, pages: Pages) -> None:
    """Whatever is tried is tried in models of one kind, and no number is that of both kinds together."""
    both = {
        head: sum(
            len([m for t, m in facts.showings if t == head and facts.kind(m) == kind])
            for kind in ("public", "organism")
        )
        for head in facts.heads
        if facts.in_kind(head, "public") and facts.in_kind(head, "organism")
    }
    assert len(both) > 20
    seen = 0
    for path, html in pages.items():
        if " tried" not in html:
            continue
        text = words(html)
        for said in (text, *re.findall(r'title="((?:Public models|Organisms): [^"]*)"', html)):
            for found in re.finditer(r" of \d+ tried", said):
                # The sentence up to here: it cannot be longer than the words for all showings.
                before = TOLD.sub("", said[max(0, found.start() - 200) : found.end()]).rstrip()
                assert before.endswith(("Public models:", "Organisms:", "Public models", "Organisms")), (path, before)
                seen += 1
        own = re.fullmatch(r"heads/([^/]+)/", path)
        if own and own[1] in both:
            assert f" of {both[own[1]]} tried" not in text, path
    assert seen > 200


def test_runs_were_made_with_the_recipes_and_checks_as_they_stand(facts: Facts) -> None:
    """A showing rests on what the type asks for now: score, parameters, prompts, threshold, and the predictions of the causal checks."""
    tried = 0
    for run in facts.runs.values():
        recipe = recipes_of(facts.heads[run["head"]]).get(run.get("recipe", ""))
        if recipe is None or run.get("invalidation"):
            continue
        prompts = {k: v for k, v in (recipe.get("parameters") or {}).items() if k not in ("n", "seed")}
        asked = (
            recipe["score"],
            float(recipe["threshold"]),
            recipe.get("higher_is", run.get("higher_is")),
            recipe["prompts"],
        )
        done = (run["score"], float(run["threshold"]), run.get("higher_is"), run["prompts"]["generator"])
        assert asked == done, run["id"]
        assert plain(recipe.get("score_parameters")) == plain(run.get("score_parameters")), run["id"]
        assert plain(prompts) == plain(run["prompts"].get("parameters")), run["id"]
        known = {check["id"]: check for check in (facts.heads[run["head"]].get("ablation") or {}).get("checks") or ()}
        for key in ("causal", "joint", "behaviours"):
            for made in run.get(key) or ():
                assert predicted(made["check"]) == predicted(known[made["check"]["id"]]), (
                    run["id"],
                    made["check"]["id"],
                )
        tried += 1
    assert tried > 300


def plain(parameters: Record | None) -> dict[str, str]:
    """Parameters as texts: YAML has `50` as a number and as a text."""
    return {key: str(value) for key, value in (parameters or {}).items()}


def predicted(check: Record) -> dict[str, str]:
    """What a causal check predicts, with what is left out filled in."""
    usual = {
        "edit": "mean",
        "at": "end",
        "expects": "fall",
        "size": 0.1,
        "positions": None,
        "keys": None,
        "instead_of": None,
    }
    said = {
        **usual,
        "parameters": {},
        **{key: value for key, value in check.items() if key not in ("reason", "sources", "recipes")},
    }
    return {
        key: str(float(v)) if key in ("size", "clean") else str(plain(v)) if key == "parameters" else str(v)
        for key, v in said.items()
    }


# ── The walk can fail: one record is weakened, and the pages that were made before say too much. ──


def shown(facts: Facts, kind: str, *, checked: bool) -> tuple[str, str, Record]:
    """A type that is shown in a model of a kind, with the newest run of its first defining recipe; with a causal check, or any."""
    for (head_type, model), showing in sorted(facts.showings.items()):
        names = [name for name, recipe in recipes_of(facts.heads[head_type]).items() if recipe["role"] == "defining"]
        runs = (
            [r for r in facts.newest if (r["head"], r["model"], r.get("recipe")) == (head_type, model, names[0])]
            if names
            else []
        )
        if (
            showing.word == "shown"
            and facts.kind(model) == kind
            and len(names) == 1
            and (runs[0].get("causal") or not checked)
        ):
            return head_type, model, runs[0]
    raise AssertionError("nothing is shown")


def about(facts: Facts, head_type: str, model: str) -> list[str]:
    """The pages that tell of a type in a model."""
    heads = sorted(facts.showings[head_type, model].heads)
    return ["", "heads/", f"heads/{head_type}/", "matrix/", "matrix/models/", "reproduction/", "reproduction/causal/", "models/",
            f"models/{model}/", *(f"models/{model}/{head}/" for head in heads)]  # fmt: skip


def refute(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """Silencing the heads changed nothing."""
    head_type, model, run = shown(facts, "public", checked=True)
    spoilt = records["runs"][run["id"]] = copy.deepcopy(run)
    for made in spoilt["causal"]:
        made["interval"] = [0.0, 0.01]
        for row in made["seeds"]:
            row["silenced"] = row["clean"]
    return [*about(facts, head_type, model), "reproduction/public/", f"runs/{run['id']}/"]


def withdraw(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The run of the only defining recipe no longer counts."""
    head_type, model, run = shown(facts, "organism", checked=True)
    for name, other in list(records["runs"].items()):
        if (other["head"], other["model"], other.get("recipe")) == (head_type, model, run["recipe"]):
            records["runs"][name] = {**other, "invalidation": {"date": "2026-12-01", "reason": "a test"}}
    return about(facts, head_type, model)


def lower(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The heads found lie on the wrong side of the threshold."""
    head_type, model, run = shown(facts, "public", checked=False)
    spoilt = records["runs"][run["id"]] = copy.deepcopy(run)
    worst = -9.0 if run.get("higher_is", "more") == "more" else 9.0
    spoilt["values"] = [[worst for _ in row] for row in run["values"]]
    return [*about(facts, head_type, model), "reproduction/public/"]


def ask_more(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The type has another defining recipe, which was never run."""
    head_type, model, _ = shown(facts, "public", checked=False)
    record = records["heads"][head_type] = copy.deepcopy(facts.heads[head_type])
    record["recipes"].append({**record["recipes"][0], "id": "not-tried", "role": "defining"})
    return about(facts, head_type, model)


def call_exact(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The organism has weights set by hand."""
    head_type, model, _ = shown(facts, "organism", checked=False)
    records["models"][model] = {**facts.models[model], "kind": "exact"}
    return about(facts, head_type, model)


def call_public(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The organism is someone else's model: shapes are filled, and counts of two kinds mix."""
    head_type, model, _ = shown(facts, "organism", checked=False)
    records["models"][model] = {**facts.models[model], "kind": "public"}
    return [page for page in about(facts, head_type, model) if not page.startswith(f"models/{model}/L")]


def assert_nothing(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The claims of one source only give numbers, and assert no type."""
    file = "mcdougall-2023-copy-suppression"
    record = records["claims"][file] = copy.deepcopy(records["claims"][file])
    for claim in record["claims"]:
        claim["about"] = claim.pop("head", None) or claim["about"]
    alone = [
        (model, head)
        for (model, head), types in facts.asserted.items()
        if all(name.startswith(f"{file}/") for names in types.values() for name in names)
    ]
    return [path for model, head in alone for path in (f"models/{model}/", f"models/{model}/{head}/")]


def narrow(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """A claim that is met allows less."""
    name = next(name for name in facts.claims if facts.standing(name) == "met")
    claim = facts.claims[name]
    record = records["claims"][claim["file"]] = copy.deepcopy(records["claims"][claim["file"]])
    for other in record["claims"]:
        if other["id"] == claim["id"]:
            other["tolerance"] = 1e-9
            other.get("source_inputs", {})["tolerance"] = 1e-9
    head, head_type = next(iter(claim["values"])), facts.subject(name)
    pages_of = [
        f"heads/{head_type}/",
        f"claims/{claim['file']}/",
        f"models/{claim['model']}/",
        f"models/{claim['model']}/{head}/",
    ]
    return ["", "claims/", "heads/", "matrix/models/", *pages_of]


def miss_formula(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """A score on published inputs does not give the published number."""
    name = next(n for n in facts.claims if facts.standing(n) == "formula-checked" and not facts.claims[n].get("table"))
    for run in facts.runs_of_claim[name]:
        spoilt = records["runs"][run["id"]] = copy.deepcopy(run)
        spoilt["values"] = [[None if value in (None, "null") else 99.0 for value in row] for row in run["values"]]
    return ["", "claims/", f"claims/{facts.claims[name]['file']}/", f"heads/{facts.subject(name)}/", "reproduction/"]


def contest(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """A claim is contested, which the page of its head does not say."""
    name, claim = next(
        (n, c)
        for n, c in facts.claims.items()
        if facts.heads_of(n) and not facts.disputed([n]) and facts.kind(c["model"]) == "public"
    )
    file, other = next((f, r) for f, r in records["claims"].items() if f != claim["file"])
    changed = records["claims"][file] = copy.deepcopy(other)
    changed["claims"][0]["contests"] = [name]
    return [f"models/{claim['model']}/", f"models/{claim['model']}/{facts.heads_of(name)[0]}/"]


def drop_check(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The type has no causal check, so that scores alone show it."""
    head_type, model, run = shown(facts, "public", checked=True)
    record = records["heads"][head_type] = copy.deepcopy(facts.heads[head_type])
    record["ablation"]["checks"] = []
    pages_of = [
        "reproduction/",
        "reproduction/causal/",
        "reproduction/public/",
        f"models/{model}/",
        f"runs/{run['id']}/",
    ]
    return ["", f"heads/{head_type}/", *pages_of]


def silence_others(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """The heads that pass all recipes were never silenced by themselves."""
    run = next(r for r in facts.newest if r.get("joint") and facts.showings[r["head"], r["model"]].word == "shown")
    records["runs"][run["id"]] = {key: value for key, value in run.items() if key != "joint"}
    return [*about(facts, run["head"], run["model"]), "reproduction/public/"]


def stand_lower(records: dict[str, dict[str, Record]], facts: Facts) -> Iterable[str]:
    """A head of an organism that is described by what it does has its highest value no longer."""
    of_heads = Counter(
        pair for pair, types in facts.shown_for.items() if facts.kind(pair[0]) == "organism" for _ in types
    )
    model, head = of_heads.most_common(1)[0][0]
    layer, number = map(int, head[1:].split("H"))
    for run in facts.live(model):
        if head in facts.found_by(run):
            spoilt = records["runs"][run["id"]] = copy.deepcopy(run)
            rows = dict(zip(run.get("layers") or range(len(run["values"])), spoilt["values"], strict=True))
            rows[layer][number] = float(run["threshold"])
    return [f"models/{model}/", f"models/{model}/{head}/"]


SPOILS = (refute, withdraw, lower, ask_more, call_exact, call_public, assert_nothing, narrow, miss_formula, contest,
          drop_check, silence_others, stand_lower)  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_a_record_that_says_less_is_found(
    spoil: Spoil, facts: Facts, records: dict[str, dict[str, Record]], pages: Pages, walked: CompareWalk
) -> None:
    """With one record weakened, every page that tells of it is told of, and only by what that record gave."""
    changed = {kind: dict(some) for kind, some in records.items()}
    too_much = list(spoil(changed, facts))
    assert too_much
    found = walk(Facts(facts.root, changed), pages, too_much).problems
    told = {problem.partition(" #")[0] for problem in set(found) - set(walked.problems)}
    assert {page or "home" for page in too_much} - told == set()


# ── One page is spoilt, and the records stay as they are. ──

MARK_SHOWN = '<span class="hk-ev"><i class="hk-m hk-m-shown hk-public" aria-hidden="true"></i> shown</span>'
SIGN = '<span class="hk-st hk-st-formula-checked"><i aria-hidden="true">ƒ</i> formula checked</span>'
PAGES: Mapping[str, tuple[str, str, str]] = {
    "a mark where none belongs": ("heads/induction/", "<h2", f"<p>{MARK_SHOWN}</p><h2"),
    "a colour for an organism": ("heads/", 'hk-organism"></i>', 'hk-public"></i>'),
    "one more model": ("", r'(hk-public"></i>\d+/)(\d+)', r"\g<1>9"),
    "a word for another": ("reproduction/causal/", "> partly</span>", "> shown</span>"),
    "a shape on an exact model": ("models/exact-induction/", "</h1>", f"</h1><p>{MARK_SHOWN}</p>"),
    "a checked formula on a head": ("models/gpt2/L5H5/", "<td>(?=<span class=.hk-st)", f"<td>{SIGN}"),
    "a role": (
        "models/gpt2/L4H10/",
        "<dt>Model</dt>",
        '<dt>Roles</dt><dd><a href="../../../heads/induction/">I</a> ()</dd><dt>Model</dt>',
    ),
    "a letter for a dot": (
        "models/gpt2/",
        r"<td><a href=(L\d+H\d+)/ aria-label=\1>·",
        r'<td class="hk-g2"><a href=\1/ title="\1">In',
    ),
    "a claim too many": ("heads/name-mover/", r"<dd>(\d+) claims about", r"<dd>9\1 claims about"),
    "a sentence for all kinds": ("heads/induction/", "<h2", "<p>Models: shown in 3 of 5 tried.</p><h2"),
    "a bare word": ("reproduction/public/", "<td>–</td>", "<td>confirmed</td>"),
    "nothing said of scores alone": ("reproduction/", r" \(\d+ by scores alone, without a causal check\)", ""),
    "nothing said of a copy": ("claims/", r" \(\d+ on a quantised copy\)", ""),
    "a type more that a recipe finds": ("reproduction/public/", r"(which by itself shows no type: )(\d+)", r"\g<1>9\2"),
    "a check that something must do": ("reproduction/public/", "must stay, ", ""),
    "more heads silenced": ("reproduction/public/", r"; (\d+) silenced, ", r"; 9\1 silenced, "),
    "a larger effect": ("reproduction/public/", r"(accuracy [\d.]+ → 0\.)(?!0)", r"\g<1>0"),
    "random heads that do less": ("reproduction/public/", "(random heads )0(?=[.])", r"\g<1>9"),
    "a check that is confirmed": ("reproduction/public/", ": refuted", ": confirmed"),
    "a stronger head": ("reproduction/public/", r"(no head; strongest L\d+H\d+ )0\.", r"\g<1>1."),
    "a criterion that was tried": ("reproduction/public/", "; not tried: [a-z-]+", "; no head passes all of them"),
    "a behaviour": (
        "reproduction/causal/",
        "no head passes; the type has no causal check, so no behaviour was asked for",
        "the model does the behaviour, and no head passes",
    ),
    "a head that meets all": ("reproduction/causal/", r"(<td>L\d+H\d+)( met every defining criterion)", r"\1, L0H0\2"),
    "a larger fall": ("reproduction/causal/", r"falls by (\d+) %", r"falls by 1\1 %"),
    "a role of a recipe": ("runs/", r"\(screen\)", "(defining)"),
    "a search that was none": ("runs/", "<td>–</td>", "<td>none</td>"),
    "a kind of model": ("models/", "<td>organism</td>", "<td>public</td>"),
    "a prediction": ("heads/induction/", r"must fall by at least 10%", "must fall by at least 20%"),
    "a higher place": ("models/organism-heads/L1H5/", r"place 3 of", "place 1 of"),
    "an effect of one head": ("models/organism-heads/L1H5/", "silencing it, on", "silencing it together with L0H0, on"),
    "a paper that introduces": (
        "models/gpt2/L0H3/",
        r"claim of 1 source:",
        "claim of 1 source, one from a paper that introduces the type:",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_says_more_is_found(name: str, facts: Facts, pages: Pages, walked: CompareWalk) -> None:
    """Each of these is one more than the records hold."""
    path, old, new = PAGES[name]
    spoilt, count = re.subn(old, new, pages[path], count=1)
    assert count == 1
    assert set(walk(facts, {path: spoilt}).problems) - set(walked.problems) != set()
