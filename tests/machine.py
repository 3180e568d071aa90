"""What a test needs of the machine beside Python: a server, a browser, a second verifier, helpers that listen.

A clone without them still runs all the other tests. Where the variable that is named here is set, as in .ci/run, what is missing is
a failure, so that nothing is left out there unseen.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import pytest
import uvicorn
from fastapi import FastAPI

from keys.helpers import Helpers

FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync"]  # fmt: skip


def lacking(why: str, variable: str) -> NoReturn:
    """Leave the test out for want of this, or fail where the variable says that it has to be there."""
    if os.environ.get(variable):
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("no playwright: pip install -e '.[browser]'", "LIUCHI_REQUIRE_BROWSER")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        lacking("no chromium", "LIUCHI_REQUIRE_BROWSER")
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=path, args=FLAGS, headless=True)
        yield found
        found.close()


@contextmanager
def serving(application: FastAPI) -> Iterator[str]:
    """The application on a free port of the loopback; its address, by the name to which a passkey of this machine belongs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.05)
    yield f"http://localhost:{port}"
    server.should_exit = True
    thread.join(20)


@contextmanager
def listening(check: str) -> Iterator[Helpers]:
    """Two helpers that are ready to answer."""
    found = Helpers(check, 2)
    await_ready(found)
    yield found
    found.close()


def await_ready(found: Helpers) -> None:
    """Return when each of them answers."""
    with found.borrowed(20) as ready:
        assert ready, "no helper listened within twenty seconds"
