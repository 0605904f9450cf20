"""What does the site cost as the catalog grows: CPU to build it, weight of its pages, and the wait for the first search result?

    python benchmarks/site.py [--records 1000 3000 10000] [--browser /usr/bin/chromium]

Copies the catalog (`copies.py`; claims, runs and tables grow, too) until
there are as many records as asked, builds each site with MkDocs, and opens it in a browser that has nothing cached. Prints for each size
the CPU seconds of the build (children included), the number of pages, the heaviest page, what search loads, and the time from
opening the search to the first result by name and from the text; at the end the growth exponents (1 is linear).
"""

from __future__ import annotations

import argparse
import functools
import http.server
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from benchmarks.copies import grow  # noqa: E402

BUDGET = 60 * 1024


def build(catalog: Path, site: Path) -> float:
    """CPU seconds of a build, children included."""
    config = catalog.parent / f"{catalog.name}.yml"
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    text = text.replace("docs_dir: docs", f"docs_dir: {ROOT / 'docs'}").replace(
        "docs/overrides", f"{ROOT / 'docs' / 'overrides'}"
    )
    text = text.replace("  - headkb\n", f"  - headkb: {{catalog: {catalog}}}\n").replace(
        'base_path: ["."]', f'base_path: ["{ROOT}"]'
    )
    config.write_text(text, "utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--quiet",
        "--config-file",
        str(config),
        "--site-dir",
        str(site),
    ]
    subprocess.run(
        command, check=True, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def weights(site: Path) -> tuple[int, int, str, int]:
    """How many pages there are, the heaviest with its size, and how many are above 60 kB."""
    sizes = {path.parent.relative_to(site).as_posix(): path.stat().st_size for path in site.rglob("index.html")}
    heaviest = max(sizes, key=lambda path: sizes[path])
    return len(sizes), sizes[heaviest], heaviest, sum(size > BUDGET for size in sizes.values())


def first_results(site: Path, chromium: str, query: str) -> tuple[float, float] | None:
    """Seconds from opening the search, with nothing cached, to the first result by name and to the results from the text."""
    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    if not Path(chromium).exists():
        return None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wait = """async query => {
      const start = performance.now();
      document.querySelector('.hk-find').click();
      const input = document.querySelector('.hk-search input'), box = document.querySelector('.hk-search');
      input.value = query;
      input.dispatchEvent(new Event('input'));
      const until = (test) => new Promise((done) => { const look = () => (test() ? done(performance.now() - start) : setTimeout(look, 4)); look(); });
      return [await until(() => box.querySelector('[role=option]')), await until(() => box.dataset.query === query)];
    }"""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context().new_page()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        name_ms, text_ms = page.evaluate(wait, query)
        browser.close()
    server.shutdown()
    return name_ms / 1000, text_ms / 1000


def main() -> None:
    """Measure every size and print the growth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[1000, 3000, 10000])
    parser.add_argument("--browser", default="/usr/bin/chromium")
    given = parser.parse_args()
    rows = []
    for size in given.records:
        with tempfile.TemporaryDirectory() as folder:
            catalog, site = Path(folder) / "catalog", Path(folder) / "site"
            count = grow(ROOT / "catalog", catalog, size)
            cpu = build(catalog, site)
            pages, heaviest, where, above = weights(site)
            first = (site / "assets" / "names.json").stat().st_size
            names = sum(path.stat().st_size for path in (site / "assets").glob("names*.json"))
            chunks = [p.stat().st_size for p in (site / "pagefind").rglob("*.pf_index")]
            print(f"{count} records, {pages} pages: {cpu:.1f} s CPU, {1000 * cpu / pages:.1f} ms a page")
            print(f"  heaviest page {heaviest / 1024:.1f} kB ({where}); {above} above 60 kB")
            print(
                f"  search: names {names / 1024:.0f} kB, the first part {first / 1024:.0f} kB, text in {len(chunks)} chunks of at most {max(chunks) / 1024:.0f} kB"
            )
            found = first_results(site, given.browser, "inductoin head")
            if found:
                print(f"  first result {found[0]:.2f} s by name, {found[1]:.2f} s from the text", flush=True)
            rows.append((count, pages, cpu, names))
    (n0, p0, c0, s0), (n1, p1, c1, s1) = rows[0], rows[-1]
    if n1 > n0:
        print(f"growth of CPU: exponent {math.log(c1 / c0) / math.log(p1 / p0):.2f} in pages")
        print(f"growth of the names: exponent {math.log(s1 / s0) / math.log(n1 / n0):.2f} in records")


if __name__ == "__main__":
    main()
