"""LaTeX formulas in the letters of Unicode, for a terminal and for Python; pylatexenc knows the symbols.

A fraction keeps brackets around what has several terms, and an index of several letters its braces, so that the line means what the formula
means. A macro that is not known stays as it is written.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_SYMBOLS = {
    "|": "‖",
    "arg": "arg ",
    "Pr": "Pr",
    "iff": " ⇔ ",
    "implies": " ⇒ ",
    "KL": "KL",
    "Longrightarrow": " ⟹ ",
    "quad": "  ",
    "qquad": "   ",
    "top": "ᵀ",
    "prime": "'",
    "ne": "≠",
    "lt": "<",
    "gt": ">",
    "ast": "*",
    "limits": "",
    "nolimits": "",
    "displaystyle": "",
    "textstyle": "",
}
"""Macros without arguments that pylatexenc does not know, or writes otherwise."""
_SIZES = ("big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "left", "right", "middle")
_WORDS = ("operatorname", "operatorname*", "mathrm", "text", "textrm", "textit", "mathit", "mathsf", "texttt")
_ONE_TERM = re.compile(r"[^\s+\-−=±<>≤≥,·/∑∏∫]*")
_AFTER_WORD = "\ue000"
"""Stands after a word until it is known what follows it."""
_RAISED = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_SCRIPT = re.compile(r"([_^])(?:\{([0-9+\-−()]+)\}|([0-9]))")
_SUM = re.compile(r"((?:[∑∏∫]|max|min)(?:[_^](?:\{[^{}]*\}|[^\s{}]))+|[∑∏∫][₀-₉⁰-⁹]*)(?=[^\s_^₀-₉⁰-⁹])")
_FRAME = re.compile(r"\\(?:begin|end)\{[a-z]+\*?\}(?:\{[a-z]*\})?|\\(?:left|right)\.")
"""What is around a formula of several rows, and a bracket that is drawn as nothing."""


def unicode_formula(latex: str) -> str:
    r"""A formula without its dollars, on one line, its rows joined by semicolons; as it is written where it cannot be read.

    Example:
        >>> unicode_formula(r"\frac{a-b}{c}\sum_{i}W_1^{\top}x_{t,j+1}")
        '(a-b)/c∑_i W₁ᵀx_{t,j+1}'
    """
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError

    text, walker = _converters()
    rows = [row.replace("&", " ") for row in re.split(r"\\\\(?:\[[^\[\]\\]*\])?", _FRAME.sub("", latex))]
    try:
        told = [
            text.nodelist_to_text(LatexWalker(row, latex_context=walker, tolerant_parsing=False).get_latex_nodes()[0])
            for row in rows
        ]
    except LatexWalkerParseError:
        return " ".join(latex.split())
    return "; ".join(line for row in told if (line := _tidy(row)))


def _tidy(row: str) -> str:
    first, *after = row.split(_AFTER_WORD)
    row = first + "".join(f" {part}" if part[:1].isalnum() else part for part in after)
    row = re.sub(r"([_^])\{(\w|[*ᵀ′])\}", r"\1\2", row).replace("^ᵀ", "ᵀ").replace("^*", "*").replace("^'", "'")
    row = _SCRIPT.sub(lambda m: (m[2] or m[3]).translate(_RAISED if m[1] == "^" else _LOWERED), row)
    return " ".join(_SUM.sub(r"\1 ", row).split())


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = (l2tobj.nodelist_to_text([part]).strip() for part in node.nodeargd.argnlist[-2:])
    return f"{_bracketed(above)}/{_bracketed(below)}"


def _bracketed(part: str) -> str:
    """A part of a fraction; in brackets unless it is one term."""
    part = bare = _unbraced(part)
    for _ in range(9):
        bare = re.sub(r"\{[^{}]*\}|\([^()]*\)|‖[^‖]*‖|\|[^|]*\|", "•", bare)
    one = _ONE_TERM.fullmatch(bare) and len(re.findall(r"(?<![_^])•", bare)) < 2
    return part if one else f"({part})"


def _unbraced(part: str) -> str:
    """A part without the braces around the whole of it."""
    depth = 0
    for at, character in enumerate(part):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return part[1:-1] if at and at == len(part) - 1 and part[0] == "{" else part
    return part


def _inside(node: Any, l2tobj: Any) -> str:
    return _unbraced(l2tobj.nodelist_to_text([node.nodeargd.argnlist[-1]]).strip())


def _root(node: Any, l2tobj: Any) -> str:
    inside = _inside(node, l2tobj)
    return f"√{inside}" if len(inside) == 1 else f"√({inside})"


def _overlined(node: Any, l2tobj: Any) -> str:
    inside = _inside(node, l2tobj)
    return f"{inside}\u0305" if len(inside) == 1 else f"overline({inside})"


def _word(node: Any, l2tobj: Any) -> str:
    return f"{_inside(node, l2tobj)}{_AFTER_WORD}"


@cache
def _converters() -> tuple[Any, Any]:
    """What writes formulas, and what reads them. Made when the first formula is met: importing takes a tenth of a second."""
    from pylatexenc import latex2text, latexwalker, macrospec

    reads = latexwalker.get_default_latex_context_db()
    fractions = ("frac", "tfrac", "dfrac", "cfrac")
    known = [macrospec.std_macro(name, "{{") for name in fractions]
    known += [macrospec.std_macro(name, "{") for name in (*_WORDS[2:], "mathbb", "mathbf", "overline")]
    known += [macrospec.MacroSpec("operatorname", "*{"), macrospec.MacroSpec("sqrt", "[{")]
    reads.add_context_category("headkb", macros=known, prepend=True)
    writes = latex2text.get_default_latex_context_db()
    told = [latex2text.MacroTextSpec(name, simplify_repl=_fraction) for name in fractions]
    told += [latex2text.MacroTextSpec(name, simplify_repl=symbol) for name, symbol in _SYMBOLS.items()]
    told += [latex2text.MacroTextSpec(name, simplify_repl="") for name in _SIZES]
    told += [latex2text.MacroTextSpec(name, simplify_repl=_word) for name in _WORDS]
    told += [latex2text.MacroTextSpec("sqrt", simplify_repl=_root)]
    told += [latex2text.MacroTextSpec("overline", simplify_repl=_overlined)]
    writes.add_context_category("headkb", macros=told, prepend=True)
    writes.set_unknown_macro_spec(latex2text.MacroTextSpec("", simplify_repl=lambda node: node.latex_verbatim()))
    text = latex2text.LatexNodes2Text(
        latex_context=writes, math_mode="text", keep_braced_groups=True, keep_braced_groups_minlen=2
    )
    return text, reads
