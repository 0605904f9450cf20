"""Labels in CircuitsVis and BertViz."""

from __future__ import annotations

import json
import re

import pytest

from headkb import Catalog, HeadkbError
from headkb.catalog.head_labels import HeadLabels, head_labels
from headkb.catalog.viewers import circuitsvis_names, head_view_choice, labelled_heads, model_view_choice
from headkb.errors import UnknownNameError


@pytest.fixture(scope="module")
def gpt2(real_catalog: Catalog) -> HeadLabels:
    """The labels of GPT-2 small."""
    return head_labels(real_catalog, "gpt2")


def test_circuitsvis_shows_the_labels_of_the_layer_and_no_others(gpt2: HeadLabels) -> None:
    """The HTML that it makes holds each name once, in the order of the heads, and no head of another layer."""
    attention = pytest.importorskip("circuitsvis", reason="circuitsvis is optional").attention
    import torch

    names = circuitsvis_names(gpt2, 9)
    patterns = torch.full((gpt2.n_heads, 2, 2), 0.5)
    html = str(attention.attention_heads(attention=patterns, tokens=["a", "b"], attention_head_names=names))
    shown = json.loads(re.search(r'"attentionHeadNames": (\[.*?\])', html)[1])
    assert shown == names
    assert set(re.findall(r"L\d+H\d+", html)) == {f"L9H{head}" for head in range(gpt2.n_heads)}
    assert "Name mover head (asserted)" in html


def test_a_head_without_a_label_has_its_place_as_name(toy_catalog: Catalog) -> None:
    """And one with a label its place and the label's text, which says where it stands."""
    labels = head_labels(toy_catalog, "jar-small")
    assert circuitsvis_names(labels, 0) == ["L0H0", "L0H1: Sparkle Head (contested; type contested)", "L0H2", "L0H3"]
    assert circuitsvis_names(labels, 1) == ["L1H0", "L1H1", "L1H2", "L1H3"]
    assert circuitsvis_names(labels, 0, most=0)[1] == "L0H1"
    with pytest.raises(HeadkbError, match="2 layers"):
        circuitsvis_names(labels, 2)


def test_further_labels_are_counted(gpt2: HeadLabels) -> None:
    """A name has room for a few; that there are more is said."""
    head, held = next((head, held) for head, held in gpt2.heads.items() if len(held) > 2)
    name = circuitsvis_names(gpt2, head.layer)[head.head]
    assert name == f"{head}: {held[0].text}; {held[1].text}; {len(held) - 2} more"


def test_heads_are_chosen_by_type_and_standing(gpt2: HeadLabels) -> None:
    """The four heads that the IOI paper names as S-inhibition heads; a standing that none has leaves none."""
    assert labelled_heads(gpt2, "s-inhibition") == {7: [3, 9], 8: [6, 10]}
    assert labelled_heads(gpt2, "S-Inhibition Head") == labelled_heads(gpt2, "s-inhibition")
    contested = labelled_heads(gpt2, standings=["contested"])
    everything = labelled_heads(gpt2)
    assert contested
    assert sum(map(len, contested.values())) < sum(map(len, everything.values())) == len(gpt2.heads)
    assert head_view_choice(gpt2, "s-inhibition") == {"include_layers": [7, 8], "layer": 7, "heads": [3, 9]}
    assert head_view_choice(gpt2, "s-inhibition", layer=8)["heads"] == [6, 10]
    assert model_view_choice(gpt2, "s-inhibition") == {"include_layers": [7, 8], "include_heads": [3, 6, 9, 10]}


def test_where_no_head_is_chosen_an_error_says_which_labels_there_are(gpt2: HeadLabels) -> None:
    """BertViz would take an empty list for all layers."""
    with pytest.raises(
        UnknownNameError, match=r"'inducton'\. Did you mean 'induction'.*Labels there are of anti-induction"
    ):
        labelled_heads(gpt2, "inducton")
    with pytest.raises(UnknownNameError, match="with the standing off"):
        model_view_choice(gpt2, "induction", standings=["off"])
    with pytest.raises(HeadkbError, match=r"no head of layer 1 of gpt2.*layers \[7, 8\]"):
        head_view_choice(gpt2, "s-inhibition", layer=1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it leaves its scripts open
def test_bertviz_draws_the_chosen_heads(gpt2: HeadLabels) -> None:
    """Its two views take the keywords, and their scripts hold the layers and heads by the model's numbers."""
    bertviz = pytest.importorskip("bertviz", reason="bertviz is optional")
    import torch

    attention = [torch.full((1, gpt2.n_heads, 2, 2), 0.5) for _ in range(gpt2.n_layers)]
    made = bertviz.head_view(attention, ["a", "b"], html_action="return", **head_view_choice(gpt2, "s-inhibition")).data
    assert '"layer": 7, "heads": [3, 9], "include_layers": [7, 8]' in made
    choice = model_view_choice(gpt2, "s-inhibition")
    made = bertviz.model_view(attention, ["a", "b"], html_action="return", **choice).data
    assert '"include_layers": [7, 8], "include_heads": [3, 6, 9, 10]' in made
