"""`liuchi serve`: opens every ledger of a data folder and answers over HTTP until Ctrl-C.

liuchi serve --data liuchi-data --host 127.0.0.1 --port 8000
liuchi serve --host-name ledger.example.org --host-name intranet:8000
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from ledger.store import StoreFailed
from projections.ledgers import Opened, keep_up
from scripts.homes import close, homes_in, unlock
from scripts.shell import Blocked, Data, Outside, Store

GRACE_S = 5  # how long requests under way may take after Ctrl-C


class Server(uvicorn.Server):
    """Says where it is when it answers, not before."""

    def __init__(self, config: uvicorn.Config, words: str) -> None:
        super().__init__(config)
        self.words = words

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        typer.echo(self.words)


def serve_command(
    data: Data = Path("liuchi-data"),
    host: Annotated[str, typer.Option(help="the address to listen on; 0.0.0.0 for every network")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="the port; 0 for any that is free")] = 8000,
    store: Store = None,
    anchor: Outside = None,
    host_name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:PORT]",
            envvar="LIUCHI_HOST_NAME",
            help="a name under which readers reach it and sign in, besides the ledgers' own and this machine's; several times",
        ),
    ] = None,
) -> None:
    """Open every ledger of a data folder and serve it."""
    homes = homes_in(data, store, anchor)
    with ExitStack() as at_end:
        listening = at_end.enter_context(_listen(host, port))  # before anybody types a passphrase
        ledgers: dict[str, Opened] = {}
        for home in homes:
            door = unlock(home)
            at_end.callback(close, door)
            ledgers[home.code] = Opened(home, door)
        at_end.enter_context(following(ledgers.values()))
        here = greeted(host, listening.getsockname()[1])
        config = uvicorn.Config(
            create_app(ledgers, (here, *(host_name or ()))), log_level="warning", timeout_graceful_shutdown=GRACE_S
        )
        server = Server(config, "\n".join(greeting(ledgers, here)))
        with suppress(KeyboardInterrupt):  # uvicorn ends in order and then raises the signal again
            server.run(sockets=[listening])
    typer.echo("已停止 Stopped.")


@contextmanager
def following(ledgers: Iterable[Opened]) -> Iterator[None]:
    """While this lasts, a thread keeps the tables of changes up with their ledgers; at the end they are as far as can be."""
    stop = Event()
    thread = Thread(target=keep_up, args=(tuple(ledgers), stop), name="changes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for opened in ledgers:
            with suppress(StoreFailed):
                opened.past.keep_up()
            opened.past.close()


def greeted(host: str, port: int) -> str:
    """The name and port of the address that is listened on, as a browser spells them."""
    name = "127.0.0.1" if host in ("0.0.0.0", "") else "[::1]" if host == "::" else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"{name}:{port}"


def greeting(ledgers: Mapping[str, Opened], here: str) -> Iterator[str]:
    """What can be seen where."""
    base = f"http://{here}"
    yield f"六尺 Liuchi · {base}/   （Ctrl-C 停止 to stop）"
    for code, opened in ledgers.items():
        yield f"  {base}/c/{code}   台账 ledger {opened.home.origin} · {opened.door.fold.head.size} 条 entries"
        yield f"  {base}{opened.home.log_path}/checkpoint   检查点与瓦片 checkpoint and tiles (C2SP)"
        yield f"  {base}/api/v1/ledgers/{code}   接口 API"
    yield f"  {base}/verify   核对回执 check a receipt"


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except OSError as why:
        reason = (why.strerror or str(why)).split(" (", 1)[0]
        raise Blocked(f"cannot listen on {host}:{port}: {reason}; choose another --port or --host") from why
