"""The parts of the import: TeX, names, dates, ids, venues, ids of records."""

from __future__ import annotations

import pytest

from headkb.catalog.bibtex.entries import FieldText, ValueRefusedError, read_entries, read_value
from headkb.catalog.bibtex.facts import PaperFacts, facts_of
from headkb.catalog.bibtex.identifiers import arxiv_ids, plain_doi
from headkb.catalog.bibtex.latex import addresses, plain, unknown_commands
from headkb.catalog.bibtex.people import people
from headkb.catalog.bibtex.recognise import same_author, title_key
from headkb.catalog.bibtex.record import record_id
from headkb.catalog.bibtex.venue import venue_in
from headkb.catalog.bibtex.when import when


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\texttt{GPT-2}, \textsf{BERT}, \mbox{T5}, \emph{all} of \textsc{them}", "GPT-2, BERT, T5, all of them"),
        (r"{\em heads} and {\bf more} {\tt heads}", "heads and more heads"),
        (r"\href{https://example.org/a_b}{the words} \url{https://example.org/a\_b}", "the words https://example.org/a_b"),
        (r"$O(n_h^2)$ and \(W_{QK}\) and \ensuremath{\alpha}", r"$O(n_h^2)$ and $W_{QK}$ and $\alpha$"),
        (r"50% of it, 50\% of it, a & b, a \& b, #1, \#1, a_b, a\_b", "50% of it, 50% of it, a & b, a & b, #1, #1, a_b, a_b"),
        (r"\{braces\}, {{GPT}}, a~tie, \$5, \textasciitilde, x\textsuperscript{2}", "{braces}, GPT, a tie, $5, ~, x2"),
        (r"``quoted'' -- and --- dashed", "“quoted” – and — dashed"),
        (r"\v{S}, {\L}, \'{\i}, \c{c}, \"o, {\ss}, {\aa}, \H{o}, \u{g}, \k{a}, {\o}, \d{s}, \t{oo}", "Š, Ł, í, ç, ö, ß, å, ő, ğ, ą, ø, ṣ, oo"),
        (r"\LaTeX{} and \TeX{}; 3 \textgreater{} 2", "LaTeX and TeX; 3 > 2"),
("a lone $ sign", "a lone $ sign"), ("a \\ space and an end\\", "a space and an end"),
        ("nothing of TeX: 100 % # & _", "nothing of TeX: 100 % # & _"),
    ],
)  # fmt: skip
def test_tex_becomes_plain_text(tex: str, text: str) -> None:
    """Commands for fonts and boxes leave what they hold; accents become letters; formulas stay."""
    assert plain(tex) == text


def test_an_unknown_command_stays_and_is_told() -> None:
    """Its arguments are kept, and commands inside formulas are none of ours."""
    assert plain(r"\mymodel{} of \odd{heads}") == r"\mymodel of heads"
    assert unknown_commands(r"\mymodel{} of \odd{heads}, \emph{more}, $\alpha$") == [r"\mymodel", r"\odd"]


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"\url{https://example.org/a\_b}", ["https://example.org/a_b"]),
        ("See https://example.org/x. And (https://example.org/y_(z)).", ["https://example.org/x", "https://example.org/y_(z)"]),
        (r"https://example.org/{\textasciitilde}me", ["https://example.org/~me"]),
        ("www.example.org/heads", ["https://www.example.org/heads"]),
        ("no address", []),
        ("https://example.o[[heads/rg and https://example].org/b", []),  # brackets in a host hold an IP address
    ],
)  # fmt: skip
def test_addresses_are_read_as_they_are_meant(tex: str, found: list[str]) -> None:
    """Without TeX's backslashes and the punctuation behind them."""
    assert addresses(tex) == found


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Kevin Wang and Conmy, Arthur", ["Kevin Wang", "Arthur Conmy"]),
        ("{Simon and Schuster} AND {{OpenAI}}", ["Simon and Schuster", "OpenAI"]),
        ("de Jong, Michiel and Niki van Stein", ["Michiel de Jong", "Niki van Stein"]),
        (r"Veli{\v{c}}kovi{\'c}, Petar and {\'E}ric Jacopin", ["Petar Veličković", "Éric Jacopin"]),
        ("Logan, IV, Robert L. and Steele, Jr., Guy L.", ["Robert L. Logan IV", "Guy L. Steele Jr."]),
        ("何, 恺明 and Войта, Елена", ["何恺明", "Елена Войта"]),
        (r"Silva,~Jo{\~{a}}o and Jo\~ao~Silva and {\~N}u\~{n}ez, Ana", ["João Silva", "João Silva", "Ana Ñuñez"]),
        ("nostalgebraist and {}", ["nostalgebraist"]),
        ("Elhage, Nelson and\n  Nanda,~Neel", ["Nelson Elhage", "Neel Nanda"]),
        ("Yang Liu 0001 and Jos{\\'e} 0012", ["Yang Liu", "José"]),
        ("OpenAI 2024", ["OpenAI 2024"]),
        ("given=Neel, family=Nanda", ["Neel Nanda"]),
        ("family=Wal, given=Oskar, given-i=O, prefix=van der, useprefix=true", ["Oskar van der Wal"]),
        ("given=Sammy, family=Davis, suffix=Jr and Wang, Kevin", ["Sammy Davis Jr", "Kevin Wang"]),
    ],
)
def test_names_are_first_name_first(written: str, names: list[str]) -> None:
    """Particles, organisations in braces, the younger of a name, and scripts that write the family name first."""
    assert list(people(FieldText(written, 1)).names) == names
    assert people(FieldText(written, 1)).whole


@pytest.mark.parametrize(
    "sign", [r"{\textasciitilde {a}}", r"{\\textasciitilde {a}}", r"\textasciitilde{a}", r"{\textasciitilde a}"]
)
def test_an_accent_that_became_a_sign_is_an_accent_again(sign: str) -> None:
    """No name has a tilde; the note shows what was made of it, so that a person can look."""
    entry = only(f"@article{{a, title={{T}}, author={{Silva, Jo{sign}o}}, year={{2020}}, journal={{A}}}}")
    assert entry.authors == ("João Silva",)
    (said,) = entry.notes
    assert said.endswith("read as the accent of the letter behind it: Silva, João")


def test_two_backslashes_in_a_name_are_told() -> None:
    """They begin a line in TeX, so the name falls apart where an accent was meant; one backslash is none of that."""
    assert any("two backslashes" in note for note in noted(r"Mart{\\'i}n, Ann"))
    assert noted(r"Mart{\'i}n, Ann") == ()


@pytest.mark.parametrize(
    ("author", "told"),
    [
        ("Kevin Wang, Arthur Conmy", True),
        ("van der Aalst, Wil M. P.", False),
        ("de la Vega, Juan Carlos", False),
        ("Abu Baker, Mohammed A.", False),
        ("Wang, Kevin Ro", False),
        ("Ann van Dam, Wil Ro", True),
    ],
)
def test_one_name_with_a_comma_is_doubted_where_it_may_be_two(author: str, told: bool) -> None:
    """Not where the first begins with a particle, or the second ends with an initial."""
    assert [note for note in noted(author) if "read as the one name" in note] == [
        f'`author` was read as the one name {author}; two authors have "and" between them'
    ] * told


def only(text: str) -> PaperFacts:
    """The facts of a text with one entry."""
    (entry,) = read_entries(text, "a.bib")[0]
    return facts_of(entry)


def noted(author: str) -> tuple[str, ...]:
    """What is told of an entry with this author."""
    return only(f"@article{{a, title={{T}}, author={{{author}}}, year={{2020}}, journal={{A}}}}").notes


@pytest.mark.parametrize("more", ["others", "Others", "{others}", "et al.", "{et al.}"])
def test_and_others_is_nobody(more: str) -> None:
    """No author is called so; the list is not whole."""
    found = people(FieldText(f"Wang, Kevin and {more}", 1))
    assert (found.names, found.whole) == (("Kevin Wang",), False)


@pytest.mark.parametrize(
    "written", ["a, b, c, d", "A B, C D, E F", "Wang, Kevin; Conmy, Arthur", "Wang & Conmy", "Wang,"]
)
def test_what_is_no_list_of_names_is_refused(written: str) -> None:
    """Rather than made into one person."""
    if written == "Wang,":
        assert people(FieldText(written, 1)).names == ("Wang",)
        return
    with pytest.raises(ValueRefusedError) as refused:
        people(FieldText(written, 1))
    assert 'with the word "and" between two authors' in refused.value.mend


@pytest.mark.parametrize(
    ("fields", "date"),
    [
        ({"date": "2019-02-03"}, "2019-02-03"), ({"date": "2019-02-03T10:00:00Z"}, "2019-02-03"), ({"date": "2019-02/2019-05"}, "2019-02"),
        ({"date": "2019/"}, "2019"), ({"year": "{2024a}"}, "2024"), ({"year": "(2024)"}, "2024"), ({"year": "2024-05"}, "2024-05"),
        ({"year": "2023", "month": "sept."}, "2023-09"), ({"year": "2023", "month": "7"}, "2023-07"), ({"year": "2023", "month": "07"}, "2023-07"),
        ({"year": "2023", "month": "June", "day": "9"}, "2023-06-09"), ({"year": "2023", "month": "10--12 July"}, "2023-07"),
        ({"year": "2023", "month": "June/July"}, "2023-06"), ({"year": "2023", "month": "July 5th"}, "2023-07-05"),
    ],
)  # fmt: skip
def test_a_date_is_as_precise_as_its_entry(fields: dict[str, str], date: str) -> None:
    """All forms of months; of a range the beginning."""
    assert when(lambda name: fields.get(name, "")).date == date


@pytest.mark.parametrize(
    "fields",
    [{"date": "2019?"}, {"date": "2019~"}, {"date": "201X"}, {"date": "2019-13"}, {"date": "/2019"}, {"year": "in press"}, {"year": "98"},
     {"year": "c. 2019"}, {"year": "3019"}, {"year": "2019", "month": "Spring"}, {"year": "2019", "month": "13"}, {"month": "may"}],
)  # fmt: skip
def test_what_is_not_sure_is_no_date(fields: dict[str, str]) -> None:
    """It is told in the entry's words instead."""
    found = when(lambda name: fields.get(name, ""))
    assert found.date == ""
    assert all(value in found.says for value in fields.values() if value != "may")
    assert when(lambda name: "").says == ""


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"eprint": "2211.00593v4"}, ["2211.00593"]), ({"eprint": "arXiv:2211.00593"}, ["2211.00593"]), ({"eprint": "2211.0593"}, []),
        ({"eprint": "1104.0593"}, ["1104.0593"]), ({"eprint": "2413.00593"}, []), ({"eprint": "0501.0001"}, []), ({"eprint": "12345678.9012"}, []),
        ({"arxivid": "1706.03762"}, ["1706.03762"]), ({"journal": "arXiv preprint arXiv:2211.00593 [cs]"}, ["2211.00593"]),
        ({"note": "Preprint at arXiv:2211.00593"}, ["2211.00593"]), ({"note": "An answer to arXiv:2211.00593"}, []),
        ({"eprint": "2211.00593", "archiveprefix": "HAL"}, []), ({"eprint": "2211.00593", "archiveprefix": "arXiv.org"}, ["2211.00593"]),
        ({"url": "arxiv.org/abs/2211.00593"}, ["2211.00593"]), ({"url": "http://www.arxiv.org/pdf/hep-th/9901001v3.pdf"}, ["hep-th/9901001"]),
        ({"journal": "Nature 2211.00593"}, []),
    ],
)  # fmt: skip
def test_arxiv_ids_are_the_entrys_own(fields: dict[str, str], ids: list[str]) -> None:
    """Without version; a number that no month gave, another archive's, and another paper's are none."""
    assert arxiv_ids(fields.get) == ids


@pytest.mark.parametrize("written", ["10.1/A_b", "doi:10.1/A_b", "DOI: 10.1/A_b.", "https://doi.org/10.1/A_b", "http://dx.doi.org/10.1/A\\_b", "{10.1/A{\\_}b}", "https://doi.org/10.1%2FA_b"])  # fmt: skip
def test_a_doi_has_one_form(written: str) -> None:
    """Whatever stands around it."""
    assert plain_doi(written) == "10.1/A_b"


@pytest.mark.parametrize("written", ["arXiv", "ArXiv", "CoRR", "arXiv preprint arXiv:2211.00593", "ArXiv abs/2211.00593", "arXiv e-prints", "Preprint at arXiv", "arXiv [cs.CL]", "{arXiv}", "arXiv (Cornell University)", "https://example.org"])  # fmt: skip
def test_a_server_of_preprints_is_no_venue(written: str) -> None:
    """Whatever it is called."""
    assert venue_in(written) == ""


def test_a_venue_that_speaks_of_preprints_is_one() -> None:
    """Only what names nothing else is left out."""
    assert venue_in("Workshop on arXiv Mining 2024") == "Workshop on arXiv Mining 2024"


def test_ids_of_records_never_meet() -> None:
    """A letter behind the year, after z two; the catalog's own form of a key is kept while it is free."""
    paper = PaperFacts("k", 1, "Heads of $K$", ("Kevin Wang",), "Wang", arxiv="2211.00593")
    taken: set[str] = set()
    for _ in range(30):
        taken.add(record_id(paper, taken))
    assert {
        "wang-2022-heads",
        "wang-2022b-heads",
        "wang-2022z-heads",
        "wang-2022aa-heads",
        "wang-2022ad-heads",
    } <= taken
    assert len(taken) == 30
    own = PaperFacts("wang-2022-ioi", 1, "Heads", ("Kevin Wang",), "Wang", arxiv="2211.00593")
    assert record_id(own, ()) == "wang-2022-ioi"
    assert record_id(own, {"wang-2022-ioi"}) == "wang-2022-heads"


def test_titles_and_names_are_compared_without_their_spelling() -> None:
    """But the word "heads" counts, and a name is no part of a longer word."""
    assert title_key("Déjà-vu Heads?") == title_key("deja vu heads")
    assert title_key("Talking Heads") != title_key("Talking")
    assert same_author("Adrià Garriga-Alonso", "A. Garriga Alonso")
    assert not same_author("Kevin Li", "Kenneth Lindsey")
    assert not same_author("", "Kenneth Li")


@pytest.mark.parametrize(("raw", "words"), [("{a} b", "where a comma is needed"), ('"a" # ', None), ("{a", "is not closed"), ("=", "is no value")])  # fmt: skip
def test_values_end_where_they_end(raw: str, words: str | None) -> None:
    """What follows them is refused; a join with nothing behind it is the text before it."""
    if words is None:
        assert read_value(raw, {}, 1).text == "a"
        return
    with pytest.raises(ValueRefusedError, match=words):
        read_value(raw, {}, 1)
