"""How headkb talks to the hub: to a well-formed address, without telemetry, and never longer than a server keeps sending."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from headkb.errors import ModelError

HUB_SECONDS = 20.0
"""How long the hub may stay silent before a call ends."""

SLOW_SECONDS = 30.0
SLOWEST = 1000.0
"""A server that sends fewer bytes a second than this, over so many seconds, is given up."""

_REACH_SECONDS = 4.0


class SlowHubError(Exception):
    """The hub sends, but next to nothing."""


@contextlib.contextmanager
def careful() -> Iterator[None]:
    """Calls of huggingface_hub inside have time limits and send no telemetry; afterwards its settings are what they were."""
    from huggingface_hub import constants, set_client_factory
    from huggingface_hub.utils import _http

    telemetry, factory = constants.HF_HUB_DISABLE_TELEMETRY, _http._GLOBAL_CLIENT_FACTORY
    constants.HF_HUB_DISABLE_TELEMETRY = True
    set_client_factory(lambda: _limited(factory()))
    try:
        yield
    finally:
        set_client_factory(factory)
        constants.HF_HUB_DISABLE_TELEMETRY = telemetry


def _limited(client: Any) -> Any:
    """A client that gives up a server which is silent or slow."""
    hooks = client.event_hooks
    client.event_hooks = {**hooks, "response": [*hooks.get("response", ()), _watch]}
    client.timeout = HUB_SECONDS
    return client


def _watch(response: Any) -> None:
    response.iter_raw = _in_time(response.iter_raw)


def _in_time(read: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
    """The same bytes; raises SlowHubError where they come too slowly."""

    def watched(*args: Any, **options: Any) -> Iterator[bytes]:
        start, count = time.monotonic(), 0
        for chunk in read(*args, **options):
            count += len(chunk)
            passed = time.monotonic() - start
            if passed > SLOW_SECONDS:
                if count < SLOWEST * passed:
                    raise SlowHubError(f"it sent {count} bytes in {passed:.0f} s")
                start, count = time.monotonic(), 0
            yield chunk

    return watched


def split_endpoint(endpoint: str) -> SplitResult:
    """The parts of a hub's address.

    Raises:
        ModelError: If it is no address of a server.
    """
    try:
        parts = urlsplit(endpoint)
        wrong = (
            "" if parts.hostname and parts.scheme in ("http", "https") else "it needs http:// or https:// and a name"
        )
        _ = parts.port  # raises if there can be none such
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise ModelError(
            f"HF_ENDPOINT is {endpoint!r}, which is no address of a server ({wrong}). Set it to one such as https://huggingface.co, or unset it."
        )
    return parts


def reachable(endpoint: str) -> bool:
    """Whether the hub, or the proxy on the way to it, takes a connection within a few seconds.

    Raises:
        ModelError: If its address is malformed.
    """
    hub = split_endpoint(endpoint)
    proxy = None if proxy_bypass(str(hub.hostname)) else getproxies().get(hub.scheme)
    target = urlsplit(proxy) if proxy else hub
    answer: list[bool] = []

    def attempt() -> None:
        with contextlib.suppress(OSError, ValueError):
            port = target.port or (80 if target.scheme == "http" else 443)
            with socket.create_connection((target.hostname, port), _REACH_SECONDS):
                answer.append(True)

    # A thread, because looking a name up can take far longer than the connection's own time limit.
    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(_REACH_SECONDS + 1)
    return bool(answer)
