"""The checker of built sites finds what it is there to find."""

from __future__ import annotations

from pathlib import Path

from linkcheck import check, main


def test_problems(tmp_path: Path) -> None:
    """Dead links, dead anchors, doubled ids, absolute paths and things loaded from elsewhere are told, links elsewhere are not."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<p id="x">')
    (tmp_path / "index.html").write_text(
        '<i id="t"></i><b id="t"></b><a href="a/">good</a><a href="a/#x">good</a><a href="https://example.org/">good</a><a href="#t">good</a>'
        '<a href="a/#y">1</a><a href="b/">2</a><a href="/a/">3</a><img src="https://example.org/i.png">'
        '<link rel="stylesheet" href="//example.org/s.css"><link rel="canonical" href="https://example.org/">'
    )
    assert sorted(check(tmp_path)) == [
        "index.html: //example.org/s.css: is loaded from another host",
        "index.html: /a/: is absolute: the site could not move",
        "index.html: a/#y: there is no such anchor",
        "index.html: b/: leads nowhere",
        "index.html: https://example.org/i.png: is loaded from another host",
        "index.html: the id 't' stands twice",
    ]
    assert main([str(tmp_path)]) == 1
    assert main([]) == 2
