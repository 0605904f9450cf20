"""What a bad hub can answer: each costs one sentence, and nothing of it is taken for a model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headkb.models import hub, hub_client, load_model
from tests.models import folders
from tests.models.stand_in_hub import COMMIT, REPOSITORY, Answer, Hub, stand_in
from tests.models.test_hub import address

API, CONFIG, WEIGHTS, TOKENIZER = "/api/models/", "/config.json", "/model.safetensors", "/tokenizer.json"
OF_FILE = {"ETag": '"0"', "X-Repo-Commit": COMMIT}
NAMES = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]


def listing(names: object = NAMES, sha: object = COMMIT) -> Answer:
    """What the hub says of a repository, with these files and this commit."""
    made = [{"rfilename": name} for name in names] if isinstance(names, list) else names
    return Answer(body=json.dumps({"id": REPOSITORY, "sha": sha, "siblings": made}).encode())


def of_file(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """What the hub says of a file."""
    return Answer(status, body, {**OF_FILE, **{name.replace("_", "-"): value for name, value in headers.items()}})


FAULTS: dict[str, tuple[str, Answer]] = {
    **{f"status {status} of the repository": (API, Answer(status, b"{}")) for status in (400, 401, 403, 404, 418, 429)},
    **{f"status {status} of the repository": (API, Answer(status, b"")) for status in (500, 502, 503, 504, 204, 304)},
    "an empty answer": (API, Answer()),
    "HTML": (API, Answer(body=b"<html>proxy login</html>", headers={"Content-Type": "text/html"})),
    "a list": (API, Answer(body=b"[]")),
    "null": (API, Answer(body=b"null")),
    "no UTF-8": (API, Answer(body=b"\xff\xfe{}")),
    "deep JSON": (API, Answer(body=b'{"a":' * 50_000 + b"1" + b"}" * 50_000)),
    "NaN": (API, Answer(body=b'{"id": NaN, "sha": NaN}')),
    "no commit": (API, listing(sha=None)),
    "a commit that is none": (API, listing(sha="../../etc")),
    "a commit that is a number": (API, listing(sha=7)),
    "no files": (API, listing([])),
    "files that are null": (API, listing(None)),
    "files that are a number": (API, listing(3)),
    "a file outside": (API, listing([*NAMES, "../../outside.safetensors"])),
    "an absolute file": (API, listing([*NAMES, "/etc/passwd"])),
    "a pickle alone": (API, listing(["config.json", "pytorch_model.bin"])),
    "a redirect without an end": (API, Answer(307, b"", {"Location": f"/api/models/{REPOSITORY}"})),
    "a redirect to nowhere": (API, Answer(307, b"", {"Location": "http://127.0.0.1:1/x"})),
    "no HTTP": (API, Answer(raw=b"SSH-2.0-OpenSSH\r\n")),
    "half a head": (API, Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Le")),
    "a longer body than is sent": (API, Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}")),
    "a length that is no number": (API, Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}")),
    "chunks that are none": (API, Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    "a compressed body that is none": (API, Answer(body=b"{}", headers={"Content-Encoding": "gzip"})),
    **{f"status {status} of the configuration": (CONFIG, of_file(status)) for status in (403, 404, 500)},
    "an empty configuration": (CONFIG, of_file()),
    "a configuration without a tag": (CONFIG, Answer(body=b"{}", headers={"X-Repo-Commit": COMMIT})),
    "a configuration of no commit": (CONFIG, Answer(body=b"{}", headers={"ETag": '"0"'})),
    "HTML for a configuration": (CONFIG, of_file(body=b"<html></html>")),
    **{f"status {status} of the weights": (WEIGHTS, of_file(status)) for status in (403, 404, 416, 500)},
    "empty weights": (WEIGHTS, of_file()),
    "HTML for weights": (WEIGHTS, of_file(body=b"<html></html>" * 99)),
    "a pointer for weights": (WEIGHTS, of_file(body=b"version https://git-lfs.github.com/spec/v1\n")),
    "HTML for a tokenizer": (TOKENIZER, of_file(body=b"<html></html>")),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model."""
    return folders.llama(tmp_path_factory.mktemp("repository") / "small")


@pytest.fixture
def server(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub, and an empty cache; nobody waits."""
    from huggingface_hub import constants

    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hub_client, "SLOW_SECONDS", 0.5)
    monkeypatch.setattr(hub, "HUB_SECONDS", 0.5)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.5)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with stand_in(files) as running:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        address(monkeypatch, running.url)
        yield running


def test_there_are_as_many_as_promised() -> None:
    """With those of test_hub.py."""
    assert len(FAULTS) >= 36


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_answer_is_one_sentence(
    server: Hub, files: Path, tmp_path: Path, refusal: Callable[..., str], name: str
) -> None:
    """It names the repository; nothing is written outside the cache; with a hub that is whole again the model loads."""
    part, answer = FAULTS[name]
    server.answers[part] = answer
    words = refusal(REPOSITORY)
    print(f"{name}: {words}")
    assert "someone/small" in words or "models--someone--small" in words or "127.0.0.1" in words
    assert "Report it" not in words
    assert len(words) < 700
    assert [path.name for path in tmp_path.iterdir() if path.name != "hub"] == []
    server.answers.clear()
    if "Delete " in words:  # a server that gave a broken file with every sign of a whole one
        shutil.rmtree(words.split("Delete ")[1].split(" and run")[0])
    assert load_model(REPOSITORY).passport.weights_sha256 == load_model(str(files)).passport.weights_sha256
