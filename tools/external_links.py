"""Ask every address outside the project that records and documentation name whether it still answers.

    python tools/external_links.py --out report.md                 everything; the report is empty where nothing is wrong
    python tools/external_links.py --only openreview.net --list    the addresses of one host, without asking

Hosts are asked side by side, each host one address after the other with a pause between. An address is asked by HEAD, and by GET where HEAD is not
answered well. What comes is one of:

    ok          it answers
    moved       it answers elsewhere, and says that this is for good
    gone        there is no such page, or no such host
    forbidden   the host does not let programs in; people may see the page
    unsure      no answer in time, or a fault of the host

`tools/external_links_excepted.tsv` lists addresses that are known and stay as they are, each with the result that is expected, a reason and a
date; one that no longer occurs, or answers otherwise, is told as an error of that file. Nothing here holds up a pull request.

Exit code 0: asked, whatever the answers; 2: wrong use.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import click
from reasons import Excepted, read_reasons

from headkb.catalog.harmless import harmless, quoted
from headkb.catalog.source import parse
from headkb.catalog.writing import write_text

ROOT = Path(__file__).parent.parent
EXCEPTED = Path(__file__).parent / "external_links_excepted.tsv"
COLUMNS = ("address", "result", "reason", "date")
RESULTS = ("ok", "moved", "gone", "forbidden", "unsure")
PLACES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "catalog/**/*.yaml")
ADDRESS = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9](?::[0-9]+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]*)?"
)
EXAMPLES = ("example.org", "example.com", "localhost", "127.0.0.1")
"""Hosts of made-up addresses."""
AGENT = "headkb-links (https://github.com/headkb/headkb)"
TIMEOUT, TRIES, PAUSE, MOST_HOSTS, MOST_STEPS = 20.0, 2, 1.0, 8, 6
LONGEST = 60.0
"""Seconds after which a request is cut off, however busily the host sends; the timeout holds between two bytes."""
MOST_USES = 3
"""Files that the report names for an address."""


@dataclass(frozen=True)
class Answer:
    """What came of asking: one of `RESULTS`, what exactly, and where the page is now if it moved."""

    result: str
    what: str
    to: str = ""


def addresses(root: Path, places: Sequence[str] = PLACES) -> dict[str, list[str]]:
    """Address → the files that name it, in the order of their names. Made-up addresses, and those inside the project's own site, are left out."""
    found: dict[str, list[str]] = {}
    for pattern in places:
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            named = {*addresses_in(text), *(pointed_to(parse(text)[0]) if path.suffix == ".yaml" else ())}
            for address in sorted(named):
                host = urlsplit(address).hostname or ""
                if host not in EXAMPLES and not host.endswith(".example") and "headkb.github.io" not in host:
                    found.setdefault(address, []).append(path.relative_to(root).as_posix())
    return found


def pointed_to(record: Any) -> Iterator[str]:
    """The addresses that the site makes of a record's identifiers: repositories at a commit, DOIs, names on the hub."""
    if isinstance(record, dict):
        repository = record.get("repository", record.get("name"))
        if isinstance(repository, str) and isinstance(record.get("commit"), str):
            yield f"https://github.com/{repository}/tree/{record['commit']}"
        for key, before in (("doi", "https://doi.org/"), ("hub_id", "https://huggingface.co/")):
            if isinstance(record.get(key), str):
                yield before + record[key]
    if isinstance(record, (dict, list)):
        for value in record.values() if isinstance(record, dict) else record:
            yield from pointed_to(value)


def addresses_in(text: str) -> list[str]:
    """The addresses in a text, without what closes the sentence or the bracket around them, and without the part inside the page."""
    made = []
    for match in ADDRESS.finditer(text):
        if text[match.end() : match.end() + 1] in ("…", "‹", "<", "{", "$"):
            continue  # a pattern for addresses
        address = match[0]
        while address[-1] in ".,;:!?'*_)]":
            last = address[-1]
            if last in ")]" and address.count("(["[last == "]"]) >= address.count(last):
                break
            address = address[:-1]
        made.append(address.partition("#")[0])
    return made


def ask(address: str, sleep: Callable[[float], None] = time.sleep) -> Answer:
    """Ask one address, again after a pause where no answer came."""
    answer = Answer("unsure", "not asked")
    for attempt in range(TRIES):
        if attempt:
            sleep(PAUSE * 5)
        answer = _asked_once(address, "HEAD")
        if answer.result not in ("ok", "moved"):
            answer = _asked_once(address, "GET")
        if answer.result != "unsure":
            break
    return answer


def _asked_once(address: str, method: str) -> Answer:
    """Follow an address to its end; `moved` only where every step of the way is for good."""
    here, for_good = address, True
    try:
        for _ in range(MOST_STEPS):
            status, to = _one(here, method)
            if status not in (301, 302, 303, 307, 308):
                break
            for_good = for_good and status in (301, 308)
            if urlsplit(to).scheme not in ("http", "https"):
                return Answer("unsure", f"leads to {to[:40]!r}")
            here = to
        else:
            return Answer("unsure", f"more than {MOST_STEPS} steps")
    except ConnectionRefusedError:
        return Answer("unsure", "the host refuses the connection")
    except TimeoutError:
        return Answer("unsure", "no answer in time")
    except (OSError, ssl.SSLError, http.client.HTTPException, ValueError) as error:
        if "Name or service not known" in str(error) or "nodename nor servname" in str(error):
            return Answer("gone", "there is no such host")
        return Answer("unsure", f"{type(error).__name__}")
    return _judged(status, address, here, for_good)


def _judged(status: int, address: str, here: str, for_good: bool) -> Answer:
    if status in (404, 410):
        return Answer("gone", str(status))
    if status in (401, 403, 405, 406, 418, 429, 451, 999):
        return Answer("forbidden", str(status))
    if not 200 <= status < 300:
        return Answer("unsure", str(status))
    if here != address and for_good and here.rstrip("/") != address.rstrip("/"):
        return Answer("moved", "for good", here)
    return Answer("ok", str(status))


def _one(address: str, method: str) -> tuple[int, str]:
    """One request: its status, and where a redirection leads."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    cut = threading.Timer(LONGEST, _cut_off, [connection])
    cut.daemon = True
    cut.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, headers={"User-Agent": AGENT, "Accept": "*/*"})
        reply = connection.getresponse()
        return reply.status, urljoin(address, reply.getheader("Location") or "")
    finally:
        cut.cancel()
        connection.close()


def _cut_off(connection: http.client.HTTPConnection) -> None:
    """End a connection in which a thread waits."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def ask_all(
    found: Iterable[str], one: Callable[[str], Answer] = ask, sleep: Callable[[float], None] = time.sleep
) -> dict[str, Answer]:
    """Ask all addresses, hosts side by side, the addresses of one host one after the other."""
    hosts: dict[str, list[str]] = {}
    for address in found:
        hosts.setdefault(urlsplit(address).netloc, []).append(address)

    def of_host(inside: Sequence[str]) -> dict[str, Answer]:
        answers = {}
        for number, address in enumerate(inside):
            if number:
                sleep(PAUSE)
            answers[address] = one(address)
        return answers

    with ThreadPoolExecutor(MOST_HOSTS) as pool:
        return {address: answer for part in pool.map(of_host, hosts.values()) for address, answer in part.items()}


def suppression_errors(
    excepted: Sequence[Excepted], found: Mapping[str, object], answers: Mapping[str, Answer]
) -> list[str]:
    """Exceptions that nothing needs any more: the address is not named, or answers otherwise."""
    errors = []
    for entry in excepted:
        if entry.what not in found:
            errors.append(f"{EXCEPTED.name}:{entry.line}: {entry.what} is named nowhere any more; delete the line")
        elif entry.what in answers and answers[entry.what].result == "ok":
            errors.append(f"{EXCEPTED.name}:{entry.line}: {entry.what} answers again; delete the line")
    return errors


def report(
    found: Mapping[str, Sequence[str]],
    answers: Mapping[str, Answer],
    excepted: Sequence[Excepted],
    errors: Sequence[str],
) -> str:
    """What a person has to do, in Markdown; empty where there is nothing."""
    expected = {(entry.what, entry.sort) for entry in excepted}
    told = {a: answer for a, answer in answers.items() if (a, answer.result) not in expected}
    parts = []
    for result, title in (("gone", "Gone"), ("moved", "Moved for good")):
        rows = [_row(address, answer, found[address]) for address, answer in told.items() if answer.result == result]
        if rows:
            parts.append("\n".join([f"### {title}", "", "| Address | Answer | Named in |", "|---|---|---|", *rows]))
    if errors:
        parts.append("\n".join(["### Exceptions", "", *(f"- {harmless(error)}" for error in errors)]))
    if not parts:
        return ""
    unsure = [
        f"- `{address}`: {harmless(answer.what)}" for address, answer in told.items() if answer.result == "unsure"
    ]
    if unsure:
        parts.append("\n".join(["### No answer this time", "", *unsure[:50]]))
    counts = ", ".join(f"{sum(a.result == r for a in answers.values())} {r}" for r in RESULTS)
    how = "What stays as it is goes into `tools/external_links_excepted.tsv`, with the reason."
    return "\n\n".join([f"{len(answers)} addresses were asked: {counts}. {how}", *parts]) + "\n"


def _row(address: str, answer: Answer, uses: Sequence[str]) -> str:
    where = ", ".join(f"`{use}`" for use in uses[:MOST_USES]) + (
        f" and {len(uses) - MOST_USES} more" if len(uses) > MOST_USES else ""
    )
    what = f"now {quoted(answer.to)}" if answer.to else answer.what
    return f"| `{address}` | {what} | {where} |"


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Where the report goes.")
@click.option("--only", default="", help="Addresses that contain these letters.")
@click.option("--list", "listing", is_flag=True, help="Print the addresses, and ask none.")
def main(out: Path | None, only: str, listing: bool) -> None:
    """Ask the addresses outside the project whether they still answer."""
    found = addresses(ROOT)
    chosen = [address for address in found if only in address]
    if listing:
        click.echo("\n".join(chosen))
        return
    excepted, errors = read_reasons(EXCEPTED, RESULTS[1:], COLUMNS)
    answers = ask_all(chosen)
    text = report(found, answers, excepted, [*errors, *suppression_errors(excepted, found, answers)])
    if out is not None:
        write_text(out, text)
    else:
        click.echo(text or f"{len(answers)} addresses, nothing to do")


if __name__ == "__main__":
    main()
