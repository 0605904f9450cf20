"""A name on the Hugging Face hub → files on this machine, without hanging where there is no network."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from headkb.catalog.writing import write_text
from headkb.errors import ModelError
from headkb.models.files import INDEX, WHOLE, files_of, weight_files
from headkb.models.hub_client import HUB_SECONDS, SlowHubError, careful, reachable, split_endpoint
from headkb.models.passport import Origin
from headkb.models.quiet import reason

COMMIT = re.compile("[0-9a-f]{7,40}")
_WANTED = ("*.json", "tokenizer*", "vocab*", "merges.txt", "*.model", "*.jinja")
_REVISION = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w./-]*")


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
    _check_reach(hub_id, revision, remedy)
    with _explained(hub_id, revision, remedy), careful():
        info = HfApi().model_info(hub_id, revision=revision, timeout=HUB_SECONDS)
        _check_commit(hub_id, revision, info.sha)
        files = [item.rfilename for item in info.siblings or []]
        index = None
        if WHOLE not in files and INDEX in files:
            index = Path(hf_hub_download(hub_id, INDEX, revision=info.sha)).read_text(encoding="utf-8")
        names = weight_files(files, index, hub_id)
        folder = Path(snapshot_download(hub_id, revision=info.sha, allow_patterns=[*_WANTED, *names]))
        _remember(folder, revision, info.sha)
    return folder, info.sha, "hub"


def in_cache(hub_id: str, revision: str | None) -> bool:
    """Whether the Hugging Face cache holds a whole copy."""
    return _cached(hub_id, revision) is not None


def fetch_file(hub_id: str, name: str, revision: str | None, remedy: str) -> tuple[Path, str | None, Origin]:
    """One file of a hub repository, such as a GGUF file; arguments and errors as of `fetch`."""
    from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache

    with _explained(hub_id, revision, remedy):
        cached = try_to_load_from_cache(hub_id, name, revision=_whole_name(hub_id, revision))
    if isinstance(cached, str):
        return Path(cached), _snapshot(Path(cached)).name, "cache"
    _check_reach(hub_id, revision, remedy)
    with _explained(hub_id, revision, remedy), careful():
        info = HfApi().model_info(hub_id, revision=revision, timeout=HUB_SECONDS)
        _check_commit(hub_id, revision, info.sha)
        files = [item.rfilename for item in info.siblings or []]
        if name not in files:
            others = [file for file in files if file.endswith(".gguf")]
            raise ModelError(f"{hub_id} has no file {name}. Its GGUF files are {', '.join(others) or 'none'}.")
        path = Path(hf_hub_download(hub_id, name, revision=info.sha))
        _remember(path, revision, info.sha)
    return path, info.sha, "hub"


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

    with _explained(hub_id, revision, ""):
        config = try_to_load_from_cache(hub_id, "config.json", revision=_whole_name(hub_id, revision))
    folder = Path(config).parent if isinstance(config, str) else None
    return folder if folder is not None and _is_whole(folder) else None


def _snapshots(hub_id: str) -> list[Path]:
    """The folders of a repository's commits in the cache."""
    from huggingface_hub import constants

    return sorted(Path(constants.HF_HUB_CACHE).glob(f"models--{hub_id.replace('/', '--')}/snapshots/*"))


def _whole_name(hub_id: str, revision: str | None) -> str | None:
    """The revision as the cache calls it: the beginning of a commit becomes the one commit there that begins so.

    Raises:
        ModelError: If nothing on the hub can be called that.
    """
    if revision is not None and not _REVISION.fullmatch(revision):
        raise ModelError(f"{revision!r} is no revision. Give a commit, tag or branch of {hub_id}.")
    if revision is None or not COMMIT.fullmatch(revision):
        return revision
    there = [folder.name for folder in _snapshots(hub_id) if folder.name.startswith(revision)]
    return there[0] if len(there) == 1 else revision


def _snapshot(path: Path) -> Path:
    """The folder of the commit that a cached file or folder belongs to."""
    return next((one for one in (path, *path.parents) if one.parent.name == "snapshots"), path)


def _remember(path: Path, revision: str | None, commit: str) -> None:
    """Note in the cache, as the hub's client does, which commit a branch or tag led to, so that it is found again without the hub."""
    snapshot = _snapshot(path)
    if snapshot.name == commit and not (revision is not None and COMMIT.fullmatch(revision)):
        with contextlib.suppress(OSError):  # the files are there all the same
            write_text(snapshot.parents[1] / "refs" / (revision or "main"), commit)


def _is_whole(folder: Path) -> bool:
    try:
        return bool(files_of(folder))
    except ModelError:
        return False


def _check_reach(hub_id: str, revision: str | None, remedy: str) -> None:
    from huggingface_hub import constants

    others = [folder.name for folder in _snapshots(hub_id) if _is_whole(folder)]
    lies = f"The cache holds commit {others[-1]}: --revision {others[-1]} takes it. " if others else ""
    name = hub_id if revision is None else f"{hub_id} at {revision}"
    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"{name} is not in the Hugging Face cache, and HF_HUB_OFFLINE forbids to fetch it. {lies}Run it where the hub can be reached. {remedy}"
        )
    split_endpoint(constants.ENDPOINT)
    if not reachable(constants.ENDPOINT):
        raise ModelError(
            f"{name} is not on this machine, and {constants.ENDPOINT} cannot be reached from it. {lies}{remedy}"
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
        raise ModelError(
            f"{hub_id} has no revision {revision or 'main'!r}. Give a commit, tag or branch that exists."
        ) from None
    except ModelError:
        raise
    except SlowHubError as error:
        raise ModelError(
            f"{hub_id} could not be fetched: {constants.ENDPOINT} is too slow ({error}). Try again later. {remedy}"
        ) from None
    except hub_errors.HFValidationError as error:
        raise ModelError(f"no hub repository can be called {hub_id} ({reason(error)}). Check the name.") from None
    except Exception as error:
        raise ModelError(
            f"{hub_id} could not be fetched from the hub ({reason(error)}). Run it where the hub can be reached. {remedy}"
        ) from error
