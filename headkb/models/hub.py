"""A name on the Hugging Face hub → files on this machine, without hanging where there is no network."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from headkb.errors import ModelError
from headkb.models.files import INDEX, WHOLE, files_of, weight_files
from headkb.models.passport import Origin
from headkb.models.quiet import reason

_REACH_SECONDS = 4.0
_HUB_SECONDS = 20.0
COMMIT = re.compile("[0-9a-f]{7,40}")
_WANTED = ("*.json", "tokenizer*", "vocab*", "merges.txt", "*.model", "*.jinja")


def fetch(hub_id: str, revision: str | None, remedy: str) -> tuple[Path, str | None, Origin]:
    """Folder and commit of a hub repository: the cached copy if it is whole, else downloaded.

    Args:
        hub_id: Name of the repository.
        revision: Commit, tag or branch; None = main.
        remedy: What to do where the hub cannot be reached, for the message.

    Raises:
        ModelError: If there is no such model, or it cannot be downloaded.
    """
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download

    cached = _cached(hub_id, revision)
    if cached is not None:
        return cached, cached.name, "cache"
    _check_reach(hub_id, remedy)
    with _explained(hub_id, revision, remedy):
        info = HfApi().model_info(hub_id, revision=revision, timeout=_HUB_SECONDS)
        _check_commit(hub_id, revision, info.sha)
        files = [item.rfilename for item in info.siblings or []]
        index = None
        if WHOLE not in files and INDEX in files:
            index = Path(hf_hub_download(hub_id, INDEX, revision=info.sha)).read_text(encoding="utf-8")
        names = weight_files(files, index, hub_id)
        folder = snapshot_download(hub_id, revision=info.sha, allow_patterns=[*_WANTED, *names])
    return Path(folder), info.sha, "hub"


def in_cache(hub_id: str, revision: str | None) -> bool:
    """Whether the Hugging Face cache holds a whole copy."""
    return _cached(hub_id, revision) is not None


def fetch_file(hub_id: str, name: str, revision: str | None, remedy: str) -> tuple[Path, str | None, Origin]:
    """One file of a hub repository, such as a GGUF file; arguments and errors as of `fetch`."""
    from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache

    cached = try_to_load_from_cache(hub_id, name, revision=revision)
    if isinstance(cached, str):
        return Path(cached), Path(cached).parent.name, "cache"
    _check_reach(hub_id, remedy)
    with _explained(hub_id, revision, remedy):
        info = HfApi().model_info(hub_id, revision=revision, timeout=_HUB_SECONDS)
        _check_commit(hub_id, revision, info.sha)
        files = [item.rfilename for item in info.siblings or []]
        if name not in files:
            others = [file for file in files if file.endswith(".gguf")]
            raise ModelError(f"{hub_id} has no file {name}. Its GGUF files are {', '.join(others) or 'none'}.")
        path = hf_hub_download(hub_id, name, revision=info.sha)
    return Path(path), info.sha, "hub"


def _check_commit(hub_id: str, asked: str | None, given: str | None) -> None:
    """Refuse, before anything is downloaded, another commit than the one that was asked for by its hash."""
    if asked is not None and COMMIT.fullmatch(asked) and not (given or "").startswith(asked):
        raise ModelError(
            f"{hub_id}: commit {asked[:12]} was asked for, and the hub offers {(given or 'none')[:12]}. Check the endpoint, and do "
            "not use what it sends."
        )


def _cached(hub_id: str, revision: str | None) -> Path | None:
    """The folder of the cached copy, if it is whole."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(hub_id, "config.json", revision=revision)
    folder = Path(config).parent if isinstance(config, str) else None
    return folder if folder is not None and _is_whole(folder) else None


def _is_whole(folder: Path) -> bool:
    try:
        return bool(files_of(folder))
    except ModelError:
        return False


def _check_reach(hub_id: str, remedy: str) -> None:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"{hub_id} is not in the Hugging Face cache, and HF_HUB_OFFLINE forbids to fetch it. Run it where the hub can be reached. {remedy}"
        )
    if not _reachable(constants.ENDPOINT):
        raise ModelError(
            f"{hub_id} is not on this machine, and {constants.ENDPOINT} cannot be reached from it. {remedy}"
        )


@contextlib.contextmanager
def _explained(hub_id: str, revision: str | None, remedy: str) -> Iterator[None]:
    """Turn what the hub or the network raises into one sentence."""
    from huggingface_hub import constants
    from huggingface_hub import errors as hub_errors

    try:
        yield
    except hub_errors.GatedRepoError:
        page = f"{constants.ENDPOINT}/{hub_id}"
        raise ModelError(
            f"{hub_id} is gated. Accept its terms at {page}, log in with `hf auth login`, and retry."
        ) from None
    except hub_errors.RepositoryNotFoundError:
        raise ModelError(f"{hub_id} does not exist on the hub, or is private. Check the name, or log in.") from None
    except hub_errors.RevisionNotFoundError:
        raise ModelError(f"{hub_id} has no revision {revision!r}. Give a commit, tag or branch that exists.") from None
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"{hub_id} could not be fetched from the hub ({reason(error)}). Run it where the hub can be reached. {remedy}"
        ) from error


def _reachable(endpoint: str) -> bool:
    """Whether the hub, or the proxy on the way to it, takes a connection within a few seconds."""
    target = urlsplit(getproxies().get("https") or endpoint)
    answer: list[bool] = []

    def attempt() -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((target.hostname, target.port or 443), _REACH_SECONDS),
        ):
            answer.append(True)

    # A thread, because looking a name up can take far longer than the connection's own time limit.
    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(_REACH_SECONDS + 1)
    return bool(answer)
