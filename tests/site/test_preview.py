"""The preview: a page is made when it is asked for, from the files as they are, and is the page that the whole build makes."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("material", reason="needs mkdocs-material: pip install 'headkb[site]'")

from headkb.site.pages import all_pages, page_at
from headkb.site.parts import make_context
from headkb.site.preview import Preview
from headkb.site.serve import Server, main
from tests.site.test_plugin import CONFIG, ROOT, build

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def root(tmp_path: Path, toy_copy: Path) -> Path:
    """A checkout with the invented catalog, which a test may change."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "assets").symlink_to(ROOT / "docs" / "assets")
    (tmp_path / "pages" / "index.md").write_text("# Home\n\n<!-- headkb:state -->\n\nSee [[heads/sparkle]] heads.\n")
    (tmp_path / "pages" / "evidence.md").write_text("# Evidence\n\n<!-- headkb:standings -->\n")
    (tmp_path / "pages" / "contribute.md").write_text('--8<-- "guide.md"\n')
    (tmp_path / "guide.md").write_text("# Contribute\n\nAll are welcome.\n")
    (tmp_path / "mkdocs.yml").write_text(CONFIG.format(root=tmp_path, overrides=ROOT / "docs" / "overrides"))
    return tmp_path


@pytest.fixture
def server(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running preview."""
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    made = Server(Preview(root / "mkdocs.yml", root / "out"), 0, root / "site")
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def get(server: Server, path: str) -> tuple[int, str]:
    """Status and text of an address."""
    try:
        with urllib.request.urlopen(server.address + path, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def article(html: str) -> str:
    """What a reader came for: the page without the frame around it. The preview leads from the name of a file, in a link, to its page."""
    return re.sub(
        r'(href="[^":]*?)(?:/index)?\.md(?=["#])', r"\1/", html[html.index("<article") : html.index("</article>")]
    )


def edit(path: Path, old: str, new: str) -> None:
    """Change a text, and the file's time with it, however coarse the clock of the file system is."""
    text = path.read_text("utf-8")
    assert old in text
    before = path.stat().st_mtime_ns
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_pages_are_those_of_the_whole_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a head type, of a single head, lists, parts computed over the whole catalog, hand-written pages."""
    site = build(root, "site", monkeypatch)
    preview = Preview(root / "mkdocs.yml", root / "out")
    paths = ("", "heads/", "heads/sparkle/", "models/jar-small/L1H3/", "matrix/", "errata/", "evidence/", "contribute/")
    for path in paths:
        html = preview.page(path)
        assert html is not None
        assert article(html) == article((site / path / "index.html").read_text("utf-8")), path


def test_every_generated_page_is_found_by_its_path(toy_catalog) -> None:
    """And by no other."""
    context = make_context(toy_catalog)
    pages = all_pages(context)
    assert len(pages) > 40
    found = [page_at(context, page.path) for page in pages]
    assert [page.path for page, other in zip(pages, found, strict=True) if page != other] == []
    for path in ("heads/nothing/", "heads/sparkle/more/", "nothing/", "heads/sparkle", "heads/part-9/"):
        assert page_at(context, path) is None, path


def test_a_changed_record_is_shown(server: Server, root: Path) -> None:
    """On its own page and on those that tell of it; browsers are told of the change."""
    status, before = get(server, "heads/sparkle/")
    assert status == 200
    assert "Glimmers at dusk." not in before
    record = root / "catalog" / "heads" / "sparkle.yaml"
    definition = re.search(r"^definition: (.*)$", record.read_text("utf-8"), re.MULTILINE)
    assert definition is not None
    since = re.search(r'data-state="(\d+)"', before)
    assert since is not None
    edit(record, definition[0], "definition: Glimmers at dusk.")
    assert get(server, f"__preview__/changes?since={since[1]}") == (200, str(int(since[1]) + 1))
    assert "Glimmers at dusk." in get(server, "heads/sparkle/")[1]
    edit(record, "name: Sparkle Head", "name: Glitter Head")
    assert "Glitter Head" in article(get(server, "heads/")[1])


def test_a_changed_hand_written_page_is_shown(server: Server, root: Path) -> None:
    """A page, and a text that a page includes."""
    assert "All are welcome." in get(server, "contribute/")[1]
    edit(root / "guide.md", "All are welcome.", "Everybody is welcome.")
    assert "Everybody is welcome." in get(server, "contribute/")[1]
    edit(root / "pages" / "evidence.md", "# Evidence", "# Proof")
    assert ">Proof<" in get(server, "evidence/")[1]


def test_a_broken_record_shows_what_is_wrong(server: Server, root: Path) -> None:
    """As the validator says it, with place and fix, not a stack trace; other pages stand, and say so; a mended one is there again."""
    record = root / "catalog" / "heads" / "sparkle.yaml"
    assert get(server, "heads/sparkle/")[0] == 200
    edit(record, "name: Sparkle Head", "nmae: Sparkle <Head>")
    status, text = get(server, "heads/sparkle/")
    assert status == 422
    assert "heads/sparkle.yaml:1:1: error[unknown-key]" in text
    assert "did you mean `name`?" in text
    assert "Traceback" not in text
    assert "/__preview__/reload.js" in text
    status, text = get(server, "papers/")
    assert status == 200
    assert 'role="alert"' in text
    assert "heads/sparkle.yaml:1:1" in text
    edit(record, "nmae: Sparkle <Head>", "name: [")
    status, text = get(server, "heads/sparkle/")
    assert status == 422
    assert "error[syntax]" in text
    edit(record, "name: [", "name: Sparkle Head")
    status, text = get(server, "heads/sparkle/")
    assert status == 200
    assert 'role="alert"' not in text


def test_new_and_deleted_records(server: Server, root: Path) -> None:
    """A record appears with its file and goes with it."""
    assert get(server, "glossary/new-term/")[0] == 404
    (some, *_) = sorted((root / "catalog" / "glossary").glob("*.yaml"))
    shutil.copy(some, root / "catalog" / "glossary" / "new-term.yaml")
    assert get(server, "glossary/new-term/")[0] == 200
    (root / "catalog" / "glossary" / "new-term.yaml").unlink()
    assert get(server, "glossary/new-term/")[0] == 404


def test_what_cannot_be_made_says_why(server: Server, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken configuration is an answer in the browser, and the server goes on."""
    config = (root / "mkdocs.yml").read_text("utf-8")
    (root / "mkdocs.yml").write_text(f"{config}\ndocs_dir: gone\n")
    status, text = get(server, "heads/")
    assert status == 500
    assert "This page could not be made" in text
    assert "configuration error" in text
    assert "Traceback" not in text
    assert "Traceback" in capsys.readouterr().err
    (root / "mkdocs.yml").write_text(config)
    assert get(server, "heads/")[0] == 200


def test_files(server: Server, root: Path) -> None:
    """Style sheets come from the sources, what only a whole build makes from the last one, and nothing from elsewhere."""
    status, text = get(server, "assets/headkb.css")
    assert status == 200
    assert text == (ROOT / "docs" / "assets" / "headkb.css").read_text("utf-8")
    assert get(server, "assets/names.json")[0] == 404
    (root / "site" / "assets").mkdir(parents=True)
    (root / "site" / "assets" / "names.json").write_text(json.dumps([1]))
    assert get(server, "assets/names.json") == (200, "[1]")
    (root / "secret.txt").write_text("mine")
    assert get(server, "..%2Fsecret.txt")[0] == 404
    assert get(server, "%2Fetc/hostname.txt")[0] == 404
    assert "Sparkle" in get(server, "heads/sparkle.md")[1]  # leads to the page
    assert "Sparkle" in get(server, "heads/sparkle")[1]


def test_it_listens_to_this_machine_alone(server: Server) -> None:
    """What is being edited is nobody else's business."""
    assert server.server_address[0] == "127.0.0.1"


def test_wrong_calls_are_status_2(root: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """No checkout, and a port that is taken."""
    for words, told in (
        (["--config", str(root / "none.yml")], "call this in a checkout"),
        (["--config", str(root / "mkdocs.yml"), "--port", str(server.server_address[1])], "cannot be used"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
        assert told in capsys.readouterr().err
