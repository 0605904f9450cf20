"""Formulas in the letters of Unicode."""

from __future__ import annotations

import pytest

from headkb import Catalog
from headkb.catalog.formula import unicode_formula
from headkb.catalog.inline import Token, parse
from headkb.catalog.references import texts


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{a-b}{c+d}", "(a-b)/(c+d)"),
        (r"\tfrac1n", "1/n"),
        (r"\frac{1}{|Q|}", "1/|Q|"),
        (r"\frac{x}{\lVert a\rVert\lVert b\rVert}", "x/(‖a‖‖b‖)"),
        (r"\frac{\sum_i a_i}{n}", "(∑_i a_i)/n"),
        (r"A_{t,\,t-1}", "A_{t, t-1}"),
        (r"x_1^2", "x₁²"),
        (r"W_Q W_K^{\top}", "W_Q W_Kᵀ"),
        (r"\mathbb{E}\left[x\right]", "𝔼[x]"),
        (r"\operatorname{Re}\lambda", "Re λ"),
        (r"\mathrm{DLA}_h", "DLA_h"),
        (r"\arg\max_j A", "arg max_j A"),
        (r"p\,\|\,q", "p ‖ q"),
        (r"\bar a + \hat p + \tilde q", "a̅ + p̂ + q̃"),
        (r"\overline{ab}", "overline(ab)"),
        (r"\sqrt{a+b}", "√(a+b)"),
        (r"\begin{gathered} a \\ b \end{gathered}", "a; b"),
        (r"j \ne t", "j ≠t"),
    ],
)
def test_a_formula_means_what_it_meant(latex: str, line: str) -> None:
    """Fractions keep what belongs together, indices their extent, symbols their names."""
    assert unicode_formula(latex) == line


def test_what_is_not_known_stays_as_it_is_written() -> None:
    """A macro that nobody knows is not dropped, which would change the formula; nor is a formula that cannot be read."""
    assert r"\unheardof" in unicode_formula(r"a \unheardof b")
    assert unicode_formula(r"\frac{a}{") == r"\frac{a}{"


def formulas(tokens: tuple[Token, ...]) -> list[str]:
    """The formulas in a text."""
    return [f for t in tokens for f in ([t.text] if t.kind in ("math", "display") else formulas(t.inner))]


def test_every_formula_of_the_catalog_is_read(real_catalog: Catalog) -> None:
    """No macro is left over in any."""
    found = {
        formula
        for _, record in real_catalog.records()
        for field, text in texts(record)
        for formula in ([text] if field[-1] == "formula" else formulas(parse(text)))
    }
    assert len(found) > 150
    assert [formula for formula in found if "\\" in unicode_formula(formula)] == []
