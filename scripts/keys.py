"""`liuchi keys`: key files, and the key rows by which a ledger admits them.

liuchi keys new street.key
liuchi keys admit --snapshot 2026-08 --ledger 440307-001 --key clerk.key
liuchi keys confirm --ledger 440307-001 --key bureau.key
liuchi keys row street.key --ledger ledger.example.org/log/440307-001/1 --org street-guojian > street.row.json
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.authority import ORGANISATIONS, organisation
from domain.fields import HEX, IDENT, to_json
from keys.custody import write_key
from keys.identity import SigningKey
from ledger.home import ORIGIN
from scripts.admission import COMMANDS
from scripts.shell import Blocked, Json, fits, open_key, passphrase, public_key, require, require_new, say
from tlog.entry import key_id

app: Final = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
File = Annotated[Path, typer.Argument(metavar="FILE", help="the key file")]


@app.callback()
def keys() -> None:
    """Make and show key files and key rows; admit, bind, confirm and ring about keys that came by letter."""


@app.command()
def new(file: File, json_: Json = False) -> None:
    """Make a key and write it to FILE, encrypted under a passphrase."""
    require_new(file, "FILE")
    spoken = passphrase(f"{file} 的新口令 / new passphrase of {file}", new=True)
    key = SigningKey.generate()
    try:
        write_key(file, key, spoken)
    except OSError as why:
        raise Blocked(
            f"{file} cannot be written ({why.strerror}); a key file needs a file system that knows hard links"
        ) from why
    say(*_shown(file, key.suite, key.public), json_=json_)


@app.command()
def show(file: File, json_: Json = False) -> None:
    """Show the public key and its id; no passphrase is needed."""
    say(*_shown(file, *public_key(file)), json_=json_)


@app.command()
def row(
    file: File,
    ledger: Annotated[str, typer.Option(metavar="ORIGIN", help="the ledger's origin, ledger.example.org/log/440307-001/1")],
    person: Annotated[
        str | None, typer.Option(metavar="HEX", help="the person's 16 bytes on this ledger; random if new")
    ] = None,
    org: Annotated[str | None, typer.Option(help="their organisation's id, such as street-guojian; none for an owner")] = None,
) -> None:
    """Print the key row, with the proof that the key is in its holder's hands, as JSON."""
    require_origin(ledger, "--ledger")
    require_org(org, "--org")
    require(
        person is None or (len(person) == 32 and HEX.fullmatch(person) is not None), "--person", "16 bytes in lower-case hex"
    )
    human = bytes.fromhex(person) if person else secrets.token_bytes(16)
    say(to_json(row_of(open_key(file), ledger, human, org)), "", json_=True)


def row_of(key: SigningKey, ledger: str, person: bytes, org: str | None) -> dict[str, Any]:
    """The row by which a ledger admits a key; only the key itself can make it."""
    return {
        "org": org,
        "person": person,
        "possession": key.possession(ledger, person),
        "public": key.public,
        "suite": key.suite,
    }


def require_origin(origin: str, option: str) -> None:
    """A usage error unless this is a ledger's origin."""
    require(
        ORIGIN.fullmatch(origin) is not None,
        option,
        "<domain>/log/<code>/<generation>, such as ledger.example.org/log/440307-001/1",
    )


def require_org(org: str | None, option: str) -> None:
    """A usage error unless this is an organisation's id of a known class, or nobody's."""
    classes = ", ".join(f"{head}-" for head in ORGANISATIONS)
    require(
        org is None or (fits(IDENT, org) and organisation(org) is not None), option, f"an id that begins with one of {classes}"
    )


def _shown(file: Path, suite: str, public: bytes) -> tuple[dict[str, str], list[str]]:
    shown = {"file": str(file), "key_id": key_id(suite, public).hex(), "public": public.hex(), "suite": suite}
    return shown, [f"密钥编号 key id   {shown['key_id']}", f"公钥 public key   {shown['public']} ({suite})"]
