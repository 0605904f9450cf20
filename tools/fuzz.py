"""Throw broken input at everything that reads: catalog files, tables, BibTeX, and parameters of generators.

    python tools/fuzz.py                       60 seconds, as in CI
    python tools/fuzz.py --seconds 1800        half an hour, by hand
    python tools/fuzz.py --corpus              each hostile record of the tests once, with the time that it takes

A case is a mutation of a record of `tests/data/hostile/base`, drawn from the seed. It may be refused or accepted. What may not happen: an
exception that is not headkb's own, more than a second of processor time for one case, a dead process, or a number that is not finite in
what is exported. Each of these is printed with its case, and the exit code is then 1. Cases run in a process of their own.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headkb.catalog.bibliography import bibtex_file, csl_file, ris_file
from headkb.catalog.bibtex.plan import plan_import
from headkb.catalog.export import papers_by_id
from headkb.catalog.kinds import KINDS
from headkb.catalog.load import load
from headkb.catalog.plain_data import plain_records
from headkb.catalog.rules import check
from headkb.errors import HeadkbError

DATA = Path(__file__).parents[1] / "tests" / "data"
LONGEST = 1.0
"""Seconds of processor time for one case."""
SILENCE = 30.0
"""Seconds without an answer after which a process counts as hanging."""
LARGEST = 256_000
OF_THE_BASE = "paper-id"  # the base calls every record `odd`
NUMBERS = [
    "0",
    "-1",
    "1e999",
    "nan",
    ".inf",
    "-inf",
    "1e38",
    "1e-300",
    "9" * 30,
    "0x1F",
    "٣",
    "1_000",
    "",
    "null",
    "true",
    "~",
]
PIECES = [
    "- ", "-  ", "? ", "?  ", ": ", "[", "]", "{", "}", "&a ", "*a", "!x ", "<<: ", "# ", "|\n", ">\n", "---\n", "...\n", "\t", '"', "'", "\\u202E",
    "\\0", "\\e", "\u200b", "\u202e", "e\u0301", "完全", "`", "$", "](", "[[heads/", "<b>", "&#60;", "javascript:", "L0H1", "L-1H0", "L0H99999", "%",
]  # fmt: skip
VALUES: list[Any] = [
    0, 1, 2, 3, 5, 10_000, -1, 10**9, 2**64, 0.5, -0.5, float("nan"), float("inf"), True, None, "", "x", "none", "1", "nan", "٣", "1,2", "a,b", [1],
]  # fmt: skip

Finding = tuple[str, str]


def mutated(text: str, rng: random.Random) -> str:
    """A text with one to four faults in it."""
    for _ in range(rng.randint(1, 4)):
        lines = text.split("\n")
        at, place = rng.randrange(len(lines)), rng.randrange(len(text) + 1)
        match rng.randrange(9):
            case 0:
                text = text[:place] + rng.choice(PIECES) * rng.choice((1, 1, 2, 60, 30_000)) + text[place:]
            case 1:
                text = text[:place] + text[place + rng.randint(1, 30) :]
            case 2:
                lines.insert(at, lines[rng.randrange(len(lines))])
                text = "\n".join(lines)
            case 3:
                del lines[at]
                text = "\n".join(lines)
            case 4:
                key, colon, _ = lines[at].partition(": ")
                lines[at] = key + colon + rng.choice(NUMBERS)
                text = "\n".join(lines)
            case 5:
                words = [i for i, c in enumerate(text) if c.isdigit()]
                place = rng.choice(words) if words else place
                text = text[:place] + rng.choice(NUMBERS) + text[place + 1 :]
            case 6:
                start = rng.randrange(len(text) + 1)
                text = (
                    text[:start]
                    + text[start : start + rng.randint(1, 200)] * rng.choice((2, 5, 500, 5_000))
                    + text[start:]
                )
            case 7:
                lines[at] = " " * rng.randint(1, 40) + lines[at].lstrip()
                text = "\n".join(lines)
            case _:
                text = (
                    text[:place] + chr(rng.choice((rng.randrange(32, 0x250), rng.randrange(0x10FFFF)))) + text[place:]
                )
        text = (text or "x")[:LARGEST]
    return text.encode("utf-8", "replace")[:LARGEST].decode("utf-8", "ignore")


def one_catalog(root: Path, name: str, text: str) -> str:
    """Load, check and export the catalog with this text in one of its files; `accepted` or `refused`."""
    path = root / name
    before = path.read_bytes()
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        catalog, problems = load(root)
        problems += [problem for problem in check(catalog) if problem.rule != OF_THE_BASE]
        for kind in KINDS:
            json.dumps(plain_records(catalog, kind), allow_nan=False)
        papers = papers_by_id(catalog)
        for write in (bibtex_file, ris_file, csl_file):
            write(papers)
    finally:
        path.write_bytes(before)
    return "refused" if problems else "accepted"


def catalog_case(rng: random.Random, root: Path) -> tuple[str, Callable[[], str]]:
    """A record with faults."""
    path = rng.choice(sorted(DATA.glob("hostile/base/*/odd.yaml")))
    name, text = f"{path.parent.name}/odd.yaml", mutated(path.read_text(encoding="utf-8"), rng)
    return f"{name}\n{text}", lambda: one_catalog(root, name, text)


def table_case(rng: random.Random, root: Path) -> tuple[str, Callable[[], str]]:
    """A score table or training curve with faults."""
    name = rng.choice(("claims/odd/odd.csv", "models/odd.csv"))
    text = mutated((root / name).read_text(encoding="utf-8"), rng)
    return f"{name}\n{text}", lambda: one_catalog(root, name, text)


def bibtex_case(rng: random.Random, root: Path) -> tuple[str, Callable[[], str]]:
    """A bibliography with faults."""
    catalog, _ = load(DATA / "catalog")
    text = mutated(bibtex_file(papers_by_id(catalog)), rng)[:20_000]

    def run() -> str:
        (root / "x.bib").write_text(text, encoding="utf-8", newline="")
        try:
            plan_import(root / "x.bib", catalog)
        finally:
            (root / "x.bib").unlink()
        return "accepted"

    return text, run


def parameter_case(rng: random.Random, root: Path) -> tuple[str, Callable[[], str]]:
    """A generator with odd parameters, on the words of a model that comes with headkb."""
    from headkb.models import load_model
    from headkb.prompts import GENERATORS, make_prompts

    entry = rng.choice(sorted(GENERATORS.values(), key=lambda g: g.id))
    chosen = rng.sample(sorted(entry.parameters), rng.randint(0, min(2, len(entry.parameters))))
    given = {name: rng.choice(VALUES) for name in chosen}
    # 10,000 prompts are allowed, and take the time that they take.
    n, seed = (
        rng.choice([v for v in VALUES if v != 10_000]) if rng.random() < 0.1 else rng.randint(0, 3) for _ in "ns"
    )
    if not _MODELS:
        _MODELS.append(load_model("organism-tasks"))

    def run() -> str:
        make_prompts(entry.id, _MODELS[0], n, seed, **given)
        return "accepted"

    return f"{entry.id} n={n!r} seed={seed!r} {given!r}", run


_MODELS: list[Any] = []
CASES: dict[str, Callable[[random.Random, Path], tuple[str, Callable[[], str]]]] = {
    "catalog": catalog_case,
    "table": table_case,
    "bibtex": bibtex_case,
    "parameters": parameter_case,
}


def tried(run: Callable[[], str]) -> tuple[str, float]:
    """What came of a case, and its processor time: `accepted`, `refused`, or the exception that nobody meant."""
    start = time.process_time()
    try:
        answer = run()
    except HeadkbError:
        answer = "refused"
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        answer = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"
    return answer, time.process_time() - start


def work(kind: str, seed: int, root: Path, answers: Any) -> None:
    """Run cases for ever: say each before it runs, and what came of it."""
    logging.disable()  # of the parser of BibTeX, which tells every fault
    shutil.copytree(DATA / "catalog", root, dirs_exist_ok=True)
    shutil.copytree(DATA / "hostile" / "base", root, dirs_exist_ok=True)
    one_catalog(root, "papers/odd.yaml", (root / "papers/odd.yaml").read_text())  # whatever is read once for all
    rng = random.Random(f"{kind} {seed}")
    while True:
        case, run = CASES[kind](rng, root)
        answers.send(("case", case))
        answers.send(("answer", *tried(run)))


def fuzz(kind: str, seconds: float, seed: int, most: int | None) -> tuple[Counter[str], float, list[Finding]]:
    """Cases of one kind: how many were accepted, refused and otherwise; the longest; what may not happen, with its case."""
    counts, longest, findings = Counter[str](), 0.0, list[Finding]()
    end = time.monotonic() + seconds
    while time.monotonic() < end and (most is None or counts.total() < most):
        with tempfile.TemporaryDirectory() as folder:
            answers, theirs = multiprocessing.Pipe(
                duplex=False
            )  # what was sent is there, also after the process has died
            worker = multiprocessing.Process(target=work, args=(kind, seed, Path(folder), theirs), daemon=True)
            worker.start()
            theirs.close()
            seed, case = seed + 1, "before the first case"
            try:
                while time.monotonic() < end and (most is None or counts.total() < most):
                    if not answers.poll(SILENCE):
                        raise EOFError
                    what, answer, *took = answers.recv()
                    if what == "case":
                        case = answer
                        continue
                    longest = max(longest, *took)
                    counts[answer if answer in ("accepted", "refused") else "crashed"] += 1
                    if answer not in ("accepted", "refused"):
                        findings.append((answer, case))
                    if took[0] > LONGEST:
                        counts["slow"] += 1
                        findings.append((f"{took[0]:.1f} s", case))
            except EOFError:
                worker.join(1)
                counts["dead" if worker.exitcode is not None else "hung"] += 1
                findings.append(("the process ended" if worker.exitcode is not None else "no answer", case))
            finally:
                worker.kill()
                worker.join()
    return counts, longest, findings


def corpus() -> tuple[Counter[str], float, list[Finding]]:
    """Every hostile record of the tests once."""
    counts, longest, findings = Counter[str](), 0.0, list[Finding]()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(DATA / "catalog", root, dirs_exist_ok=True)
        shutil.copytree(DATA / "hostile" / "base", root, dirs_exist_ok=True)
        one_catalog(root, "papers/odd.yaml", (root / "papers/odd.yaml").read_text())
        for line in (DATA / "hostile" / "records.jsonl").read_text().splitlines():
            case = json.loads(line)
            name = case["kind"] if "." in case["kind"] else f"{case['kind']}/odd.yaml"
            new = case["new"] if isinstance(case["new"], str) else "".join(text * n for text, n in case["new"])
            text = (root / name).read_text(encoding="utf-8").replace(case["old"], new) if "old" in case else new
            answer, took = tried(lambda name=name, text=text: one_catalog(root, name, text.replace("⟦", "")))  # type: ignore[misc]
            longest = max(longest, took)
            counts[answer if answer in ("accepted", "refused") else "crashed"] += 1
            if answer not in ("accepted", "refused") or took > LONGEST:
                findings.append((f"{answer}, {took:.1f} s", case["case"]))
    return counts, longest, findings


def main(arguments: list[str]) -> int:
    """Run what was asked for and print the figures; 1 if anything happened that may not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="for all kinds together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, help="of each kind at most")
    parser.add_argument("--only", choices=sorted(CASES), action="append")
    parser.add_argument("--corpus", action="store_true")
    options = parser.parse_args(arguments)
    kinds = options.only or list(CASES)
    bad = 0
    for kind in ["corpus"] if options.corpus else kinds:
        found = corpus() if options.corpus else fuzz(kind, options.seconds / len(kinds), options.seed, options.cases)
        counts, longest, findings = found
        told = ", ".join(f"{n:,} {word}" for word, n in sorted(counts.items()))
        print(
            f"{kind}: {counts.total() - counts['slow']:,} cases ({told}); longest {longest:.2f} s; {len(findings)} findings"
        )
        for what, case in findings[:20]:
            print(f"  {what}\n    {case[:2000]!r}")
        bad += len(findings)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
