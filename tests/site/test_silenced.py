"""What silencing a set did is told on each of its heads as the set's."""

from __future__ import annotations

import re

from headkb.catalog.effects import effect_words
from headkb.site.browser_data import grid_data
from headkb.site.parts import Context
from headkb.site.silenced import silenced_sets

ORGANISM = "organism-heads"


def test_every_head_of_a_set_tells_of_it_and_no_other_does(real_context: Context) -> None:
    """Held against the runs themselves: the heads that a check names, and those alone."""
    data = grid_data(real_context, real_context.catalog.models[ORGANISM])
    told = 0
    for head, entry in data["heads"].items():
        mine = {data["sets"][place][1].split("/")[1] for place in entry.get("sets", ())}
        for run_id in mine:
            run = real_context.catalog.runs[run_id]
            assert run.model == ORGANISM
            assert head in {str(one) for outcome in run.causal for one in outcome.heads}
            told += 1
    assert told > 20
    sets = silenced_sets(real_context, real_context.catalog.models[ORGANISM])
    without = {str(head) for one in sets for head in one.heads} - {h for h, e in data["heads"].items() if "sets" in e}
    assert without == set()


def test_a_set_is_not_said_to_be_the_head(real_context: Context) -> None:
    """Of several heads the sentence counts the others and says whose the effect is; of one alone it does not; the effect is the run's."""
    alone = several = 0
    for model in real_context.catalog.models.values():
        for one in silenced_sets(real_context, model):
            run = real_context.catalog.runs[one.page.split("/")[1]]
            outcomes = [o for o in run.causal if o.heads == one.heads and effect_words(o, share=False) in one.says]
            assert outcomes
            assert any(o.result in one.says and o.check.prompts in one.says for o in outcomes)
            assert run.invalidation is None
            assert "undecided" not in one.says
            if len(one.heads) == 1:
                alone += 1
                assert one.says.startswith("Silenced, on ")
                assert "That is the effect" not in one.says
            else:
                several += 1
                count = re.search(
                    r"together with (\d+) others?, .* the effect of all (\d+), not of this head\.$", one.says
                )
                assert count is not None
                assert int(count[1]) + 1 == int(count[2]) == len(one.heads)
    assert alone > 5
    assert several > 20


def test_a_model_without_checks_has_no_sets(real_context: Context) -> None:
    """Published models on which nothing was run."""
    data = grid_data(real_context, real_context.catalog.models["llama-2-7b"])
    assert data["sets"] == []
    assert not any("sets" in entry for entry in data["heads"].values())
