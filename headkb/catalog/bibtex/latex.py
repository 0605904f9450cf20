"""The TeX of a field → plain text on one line, and the web addresses in it. Formulas stay as they are, `$W_{QK}$`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexWalker, LatexWalkerError
from pylatexenc.latexwalker import get_default_latex_context_db as get_parsed_macros
from pylatexenc.macrospec import MacroSpec

from headkb.catalog.characters import cleaned

_ONE_ARGUMENT = (
    "emph", "textit", "textsl", "textsc", "textbf", "textmd", "textrm", "textsf", "texttt", "textup", "textnormal", "text", "mbox", "hbox",
    "underline", "uline", "enquote", "mathrm", "textquote", "uppercase", "lowercase", "titlecap", "nocase", "hl", "textsuperscript",
    "textsubscript", "t", "mathbf", "mathit", "mathsf",
)  # fmt: skip
_SIGNS = {
    "textgreater": ">", "textless": "<", "textbar": "|", "textunderscore": "_", "textdollar": "$", "LaTeX": "LaTeX",
    "TeX": "TeX", "textasciicircum": "^", "textasciitilde": "~", "textbackslash": "\\", "textquotesingle": "'",
    "textquotedbl": '"', "slash": "/", "textnumero": "№", "textcolon": ":", "nobreakspace": " ", "BibTeX": "BibTeX",
    "i": "ı", "j": "ȷ", "textbullet": "•", "textdegree": "°", "backslash": "\\", "texttimes": "×", "textmu": "µ",
}  # fmt: skip
_SWITCHES = (
    "em", "it", "bf", "tt", "sc", "sl", "rm", "sf", "bfseries", "itshape", "ttfamily", "scshape", "slshape", "rmfamily", "sffamily",
    "mdseries", "upshape", "normalfont", "relax", "protect", "noopsort", "small", "large", "tiny", "normalsize", "footnotesize",
    "selectfont", "allowbreak", "newblock",
)  # fmt: skip
_TEX = re.compile(r"[\\{}$~]|--|``|''")
_PERCENT = re.compile(r"(?<!\\)([%&])")
_NAMED = re.compile(r"\\([A-Za-z]+)")
_WITH_ARGUMENT = re.compile(r"\\([A-Za-z]+)(?=\{[^}])")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_VERBATIM = (
    ("\\_", "_"), ("\\%", "%"), ("\\&", "&"), ("\\#", "#"), ("{\\textasciitilde}", "~"), ("\\textasciitilde{}", "~"),
    ("\\textasciitilde ", "~"), ("\\textasciitilde", "~"), ("\\~{}", "~"), ("\\~", "~"), ("$\\sim$", "~"),
    ("{\\_}", "_"), ("\\-", ""), ("\\/", ""),
)  # fmt: skip
_WITHOUT_SCHEME = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}/\S*")
_ADDRESS = re.compile(r"https?://[^\s{}<>\"|\\^`]+", re.IGNORECASE)


def plain(tex: str) -> str:
    r"""TeX → text on one line; accents become letters, commands for fonts and boxes leave their text.

    What is nested too deep for anybody to read keeps its letters.

    Example:
        >>> plain(r"Why {\em heads} of \texttt{GPT-2} --- a {$\alpha$}-study by Mart{\'{\i}}n")
        'Why heads of GPT-2 — a $\\alpha$-study by Martín'
    """
    text = tex
    if _TEX.search(text):
        try:
            text = _read(_PERCENT.sub(r"\\\1", _WITH_ARGUMENT.sub(_argument_alone, text)))
            if text.count("\\(") == text.count("\\)"):
                text = text.replace("\\(", "$").replace("\\)", "$")
        except (RecursionError, IndexError, ValueError, KeyError, TypeError, AttributeError, LatexWalkerError):
            text = _COMMAND.sub("", text).replace("{", "").replace("}", "")
    return " ".join(cleaned(" ".join(text.split())).split())


def unknown_commands(tex: str) -> list[str]:
    r"""Names of commands in a text that nobody here knows: their arguments are kept, and one without any stays as it is written.

    Example:
        >>> unknown_commands(r"\mymodel{} and \emph{heads}"), plain(r"\mymodel{} and \hot{heads}")
        (['\\mymodel'], '\\mymodel and heads')
    """
    names = _NAMED.findall(without_formulas(tex))
    return list(dict.fromkeys(f"\\{name}" for name in names if not _is_known(name)))


def without_formulas(text: str) -> str:
    """A text without what stands between dollars."""
    pieces = text.split("$")
    return " ".join(pieces[::2]) if len(pieces) % 2 else text


def verbatim(tex: str) -> str:
    r"""What a field holds that programs read as it is, such as a DOI: without the backslashes that TeX needs.

    Example:
        >>> verbatim(r"10.1007/978-3-030-58452-8\_13")
        '10.1007/978-3-030-58452-8_13'
    """
    for written, meant in _VERBATIM:
        tex = tex.replace(written, meant)
    return cleaned(tex).strip()


def addresses(tex: str) -> list[str]:
    r"""The web addresses of a field, each once; a field that is an address but for `https://` is one.

    Example:
        >>> addresses(r"\href{https://arxiv.org/abs/2209.11895}{https://arxiv.org/abs/2209.11895}.")
        ['https://arxiv.org/abs/2209.11895']
    """
    text = verbatim(tex)
    if _WITHOUT_SCHEME.fullmatch(text):
        text = f"https://{text}"
    found = (_trimmed(address) for address in _ADDRESS.findall(text))
    return list(dict.fromkeys(address for address in found if "://" in address and _has_host(address)))


def _has_host(address: str) -> bool:
    """Whether what follows the scheme can be a host: brackets there must hold an IP address."""
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _trimmed(address: str) -> str:
    """Without the punctuation that follows it."""
    while address and (address[-1] in ".,;:'!?" or (address[-1] == ")" and address.count("(") < address.count(")"))):
        address = address[:-1]
    return address


def _read(tex: str) -> str:
    """TeX → text by pylatexenc, with the commands that bibliographies use."""
    parsed, texts = _commands()
    nodes = LatexWalker(tex, latex_context=parsed, tolerant_parsing=True).get_latex_nodes()[0]
    return str(LatexNodes2Text(latex_context=texts, math_mode="verbatim", keep_comments=True).nodelist_to_text(nodes))


@cache
def _commands() -> tuple[Any, Any]:
    """(how commands are parsed, what they become); the tables take a while to make."""
    texts = get_default_latex_context_db()
    macros = [MacroTextSpec(name, "%s") for name in _ONE_ARGUMENT]
    macros += [MacroTextSpec(name, sign) for name, sign in _SIGNS.items()]
    macros += [MacroTextSpec(name, "") for name in _SWITCHES]
    macros += [
        MacroTextSpec("href", _last_argument),
        MacroTextSpec("url", _first_argument),
        MacroTextSpec("ensuremath", _formula),
    ]
    texts.add_context_category("headkb", macros=macros, prepend=True)
    texts.set_unknown_macro_spec(MacroTextSpec("", _as_written))
    parsed = get_parsed_macros()
    known = [MacroSpec(name, "{") for name in [*_ONE_ARGUMENT, "url", "ensuremath"]]
    parsed.add_context_category("headkb", macros=[*known, MacroSpec("href", "{{")], prepend=True)
    return parsed, texts


def _is_known(name: str) -> bool:
    parsed, texts = _commands()
    return any(getattr(table.get_macro_spec(name), "macroname", "") == name for table in (parsed, texts))


def _argument_alone(match: re.Match[str]) -> str:
    """An unknown command before its argument goes; the argument stays."""
    return match[0] if _is_known(match[1]) else ""


def _arguments(node: Any) -> list[Any]:
    given = getattr(node, "nodeargd", None)
    return [argument for argument in (given.argnlist if given and given.argnlist else []) if argument is not None]


def _first_argument(node: Any, **_: Any) -> str:
    found = _arguments(node)
    return verbatim(_inside(found[0])) if found else ""


def _last_argument(node: Any, l2tobj: Any) -> str:
    found = _arguments(node)
    return str(l2tobj.nodelist_to_text([found[-1]])) if found else ""


def _formula(node: Any, **_: Any) -> str:
    found = _arguments(node)
    return f"${_inside(found[0])}$" if found else ""


def _inside(node: Any) -> str:
    text = str(node.latex_verbatim())
    return text[1:-1] if text.startswith("{") and text.endswith("}") else text


def _as_written(node: Any, l2tobj: Any) -> str:
    """An unknown command: the text of its arguments, else the command."""
    found = _arguments(node)
    if found:
        return str(l2tobj.nodelist_to_text(found))
    name = str(node.macroname)
    return f"\\{name}{node.macro_post_space}" if name.isalpha() else " " if name.isspace() else ""
