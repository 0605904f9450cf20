"""Fetching from a hub, here one on this machine: once is enough, a bad server costs a sentence, and nobody is told who asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("transformers")

from headkb.models import SEARCH_PATH, hub, hub_client, load_model
from tests.models import folders
from tests.models.stand_in_hub import COMMIT, REPOSITORY, Hub, stand_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model."""
    return folders.llama(tmp_path_factory.mktemp("repository") / "small")


@pytest.fixture
def server(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub, and an empty cache, as this process's own."""
    from huggingface_hub import constants

    monkeypatch.delenv(SEARCH_PATH, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with stand_in(files) as running:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        address(monkeypatch, running.url)
        yield running


def address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Have the hub's client take another server for the hub."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.mark.parametrize("revision", [None, "main", "v1", COMMIT, COMMIT[:10]])
@pytest.mark.parametrize("way", ["offline", "gone"])
def test_a_model_that_was_fetched_once_needs_no_hub(
    server: Hub, monkeypatch: pytest.MonkeyPatch, revision: str | None, way: str
) -> None:
    """By branch, tag, commit and the beginning of one: with HF_HUB_OFFLINE, and where the hub cannot be reached."""
    from huggingface_hub import constants

    first = load_model(REPOSITORY, revision=revision).passport
    assert (first.source, first.revision) == ("hub", COMMIT)
    if way == "offline":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    else:
        monkeypatch.setattr(hub, "reachable", lambda endpoint: False)
    count = len(server.requests)
    again = load_model(REPOSITORY, revision=revision).passport
    assert (again.source, again.revision, again.weights_sha256) == ("cache", COMMIT, first.weights_sha256)
    assert len(server.requests) == count


def test_another_process_finds_it_offline_and_nobody_is_told_who_asks(files: Path, tmp_path: Path) -> None:
    """Two processes, with nothing changed in them but the environment: the first fetches, the second has no hub."""
    code = (
        "import json, sys; from headkb.models import load_model\n"
        "passport = load_model(sys.argv[1], catalog_models={}).passport\n"
        "print(json.dumps([passport.source, passport.weights_sha256]))"
    )
    words = [sys.executable, "-c", code, REPOSITORY]
    env = {name: value for name, value in os.environ.items() if name.casefold() not in ("http_proxy", SEARCH_PATH)}
    env |= {"HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    env.pop("HF_HUB_CACHE", None)
    passports = []
    with stand_in(files) as running:
        for offline in ("0", "1"):
            ran = subprocess.run(
                words,
                env={**env, "HF_ENDPOINT": running.url, "HF_HUB_OFFLINE": offline},
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
            passports.append(json.loads(ran.stdout))
        lines = [line for line, _ in running.requests]
        agents = {headers.get("user-agent", "") for _, headers in running.requests}
    assert [source for source, _ in passports] == ["hub", "cache"]
    assert passports[0][1] == passports[1][1]
    # What it was asked for: the repository and its files. Nothing of telemetry.
    assert [line for line in lines if REPOSITORY not in line] == []
    assert all(agent.startswith("unknown/None; hf_hub/") for agent in agents), agents
    assert not any(word in agent for agent in agents for word in ("torch", "agent/"))


def test_a_cache_that_does_not_know_the_branch_names_the_commit_that_it_holds(
    server: Hub, monkeypatch: pytest.MonkeyPatch, refusal: Callable[..., str]
) -> None:
    """It is not taken for the branch unasked: the branch may have been another commit."""
    load_model(REPOSITORY, revision=COMMIT)
    monkeypatch.setattr(hub, "reachable", lambda endpoint: False)
    assert f"The cache holds commit {COMMIT}: --revision {COMMIT} takes it." in refusal(REPOSITORY)
    assert load_model(REPOSITORY, revision=COMMIT).passport.revision == COMMIT


def test_a_download_that_is_cut_off_goes_on_where_it_was(
    server: Hub, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is asked for, from the last whole piece on, and the bytes are those of the file."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)  # 10 MB by default
    server.fault = "cut"
    loaded = load_model(REPOSITORY)
    size = (files / "model.safetensors").stat().st_size
    ranges = [headers.get("range") for headers in server.asked("GET /someone/small/resolve")]
    assert f"bytes={size // 2 // 1000 * 1000}-" in [text for text in ranges if text]
    assert loaded.passport.weights_sha256 == load_model(str(files)).passport.weights_sha256


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("drip", "someone/small could not be fetched: http://127.0.0.1"),
        ("silent", "someone/small could not be fetched from the hub ("),
        ("silent-api", "someone/small could not be fetched from the hub ("),
    ],
)
def test_a_server_that_is_slow_or_silent_is_given_up(
    server: Hub, monkeypatch: pytest.MonkeyPatch, refusal: Callable[..., str], fault: str, words: str
) -> None:
    """In one sentence, and what was fetched so far is not taken for a model; a later call fetches it whole."""
    from huggingface_hub import constants

    monkeypatch.setattr(hub_client, "SLOW_SECONDS", 0.5)
    monkeypatch.setattr(hub, "HUB_SECONDS", 0.5)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    monkeypatch.setattr("time.sleep", lambda _: None)  # between the client's attempts
    server.fault = fault
    text = refusal(REPOSITORY)
    assert words in text
    assert ("is too slow (it sent " in text) == (fault == "drip")
    assert not hub.in_cache(REPOSITORY, None)
    server.fault = ""
    assert load_model(REPOSITORY).passport.source == "hub"


def test_settings_of_the_hubs_client_are_what_they_were_afterwards(server: Hub) -> None:
    """Also where it failed: other code in the process may use it."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils import _http

    before = constants.HF_HUB_DISABLE_TELEMETRY, _http._GLOBAL_CLIENT_FACTORY
    seen = []

    def fail() -> None:
        with hub_client.careful():
            seen.append(len(get_session().event_hooks["response"]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen == [1]
    assert before == (constants.HF_HUB_DISABLE_TELEMETRY, _http._GLOBAL_CLIENT_FACTORY)
    assert not get_session().event_hooks["response"]


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:99999", "http://127.0.0.1:x", "http://[::1", "huggingface.co", "ftp://a.b", "http://"],
)
def test_an_address_that_is_none_is_one_sentence(
    server: Hub, monkeypatch: pytest.MonkeyPatch, refusal: Callable[..., str], endpoint: str
) -> None:
    """It names the variable, what it holds, and what to do."""
    address(monkeypatch, endpoint)
    text = refusal(REPOSITORY)
    assert f"HF_ENDPOINT is {endpoint!r}, which is no address of a server (" in text
    assert "Set it to one such as https://huggingface.co, or unset it." in text
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "revision", "words"),
    [
        (REPOSITORY, "no-such", "someone/small has no revision 'no-such'."),
        (REPOSITORY, "../../../x", "'../../../x' is no revision. Give a commit, tag or branch of someone/small."),
        ("some--one/small", None, "no hub repository can be called some--one/small"),
        ("some..one/small:m.gguf", None, "no hub repository can be called some..one/small"),
        ("someone/small:m.gguf", None, "someone/small has no file m.gguf."),
    ],
)
def test_names_that_the_hub_does_not_have(
    server: Hub, refusal: Callable[..., str], name: str, revision: str | None, words: str
) -> None:
    """One sentence each, and nothing is written into the cache."""
    from huggingface_hub import constants

    assert words in refusal(name, revision=revision)
    assert not list(Path(constants.HF_HUB_CACHE).parent.rglob("refs/*"))
