"""A server's front door that can lose an answer: what the server did is done, and the client never hears of it."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg

COMMITTED = b"C\0\0\0\x0bCOMMIT\0"  # CommandComplete of PostgreSQL's protocol


@contextmanager
def relay(dsn: str) -> Iterator[tuple[str, Event]]:
    """A DSN by which the same server is reached, and an event: once set, the next answer to a COMMIT is lost with its connection."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
    lose = Event()
    with socket.socket(socket.AF_UNIX) as front:
        front.bind(str(folder / ".s.PGSQL.5432"))
        front.listen()
        Thread(target=_accept, args=(front, dsn, lose), daemon=True).start()
        yield psycopg.conninfo.make_conninfo(dsn, host=str(folder), port=5432), lose
        front.shutdown(socket.SHUT_RDWR)
    shutil.rmtree(folder)


def _accept(front: socket.socket, dsn: str, lose: Event) -> None:
    with suppress(OSError):
        while True:
            client, _ = front.accept()
            server = _connected(dsn)
            Thread(target=_pass, args=(client, server, None), daemon=True).start()
            Thread(target=_pass, args=(server, client, lose), daemon=True).start()


def _connected(dsn: str) -> socket.socket:
    told = psycopg.conninfo.conninfo_to_dict(dsn)
    host, port = str(told.get("host") or "/var/run/postgresql"), int(told.get("port") or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def _pass(source: socket.socket, target: socket.socket, lose: Event | None) -> None:
    with suppress(OSError), source, target:
        while chunk := source.recv(65536):
            if lose is not None and lose.is_set() and COMMITTED in chunk:
                lose.clear()
                break
            target.sendall(chunk)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
