"""A ledger founded by the command itself, with real key files, once; each test gets a copy of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from keys.custody import read_key, write_key
from keys.identity import SigningKey
from scripts.cli import app

ORIGIN = "ledger.example.org/log/440307-001/1"
CODE = "440307-001"
WORD = "ein Wort"
ORGS = {"operator": "operator-district", "street": "street-guojian", "bureau": "bureau-longgang", "party": "party-guojian",
        "city": "bureau-shenzhen", "clerk": "community-guojian"}  # fmt: skip
POSTS = {"operator": ["operator"], "street": ["street-office", "supervisor"], "bureau": ["supervisor"], "party": ["supervisor"],
         "city": ["parent"]}  # fmt: skip
CHEAP = 2  # scrypt's cost


def liuchi(*words: object, **more: Any) -> Result:
    """Run the command; nothing may escape it as a traceback."""
    found = CliRunner().invoke(app, list(map(str, words)), **more)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def printed(*words: object, **more: Any) -> Any:
    """What the command prints with --json, when it ends well."""
    found = liuchi(*words, "--json", **more)
    assert (found.exit_code, found.stderr) == (0, ""), found.output
    return json.loads(found.stdout)


@dataclass(frozen=True)
class Estate:
    """A folder with key files, a founders file and, once founded, a ledger."""

    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    def key(self, who: str) -> Path:
        return self.path / f"{who}.key"

    def write(self, name: str, value: Any) -> Path:
        path = self.path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), "utf-8")
        return path

    def here(self) -> list[object]:
        return ["--data", self.data, "--ledger", CODE]

    def act(self, *words: object, by: str | None = None, **more: Any) -> Result:
        return liuchi("act", *words, *(["--key", self.key(by)] if by else []), *self.here(), **more)

    def acted(self, *words: object, by: str | None = None) -> Any:
        return printed("act", *words, *(["--key", self.key(by)] if by else []), *self.here())

    def found(self, *words: object, **but: object) -> Result:
        options = {"origin": ORIGIN, "name-zh": "国展苑", "name-en": "Guozhanyuan", "founders": self.path / "founders.json",
                   "key": self.key("operator"), "data": self.data} | but  # fmt: skip
        return liuchi("found", *words, *(word for name, value in options.items() for word in (f"--{name}", value)))

    def files(self) -> set[str]:
        """Everything in the folder, hidden or not."""
        return {path.relative_to(self.path).as_posix() for path in self.path.rglob("*")}


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", WORD)
    for name in ("LIUCHI_DATA", "LIUCHI_LOG_PASSPHRASE", "LIUCHI_STORE", "LIUCHI_ANCHOR"):
        monkeypatch.delenv(name, raising=False)


def founders(path: Path, origin: str = ORIGIN) -> list[dict[str, Any]]:
    """The founders file's list: the operator by key file, the others by rows they made on machines of their own."""
    listed: list[dict[str, Any]] = []
    for who, posts in POSTS.items():
        one: dict[str, Any] = {"posts": posts, "holder": {"id": f"staff-{who}", "name": f"工作人员 {who}"}}
        if who == "operator":
            listed.append({**one, "key": "operator.key", "org": ORGS[who]})
        else:
            row = liuchi("keys", "row", path / f"{who}.key", "--ledger", origin, "--org", ORGS[who])
            listed.append({**one, "row": json.loads(row.stdout)})
    return listed


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files and founders, before anything is founded."""
    path = tmp_path_factory.mktemp("ground")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIUCHI_PASSPHRASE", WORD)
        for who in ORGS:
            write_key(path / f"{who}.key", SigningKey.generate(), WORD, CHEAP)
        Estate(path).write("founders.json", founders(path))
    return path


@pytest.fixture(scope="session")
def grown(ground: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Founded, confirmed by two supervisors, and with a clerk in his post: all by command."""
    path = tmp_path_factory.mktemp("grown") / "estate"
    shutil.copytree(ground, path)
    estate = Estate(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIUCHI_PASSPHRASE", WORD)
        assert estate.found().exit_code == 0
        log = read_key(estate.data / CODE / "log.key", WORD)
        (estate.data / CODE / "log.key").unlink()
        write_key(estate.data / CODE / "log.key", log, WORD, CHEAP)  # founded with the full cost, opened often
        for who in ("street", "bureau"):
            estate.acted("--confirm", 0, by=who)
        row = json.loads(liuchi("keys", "row", estate.key("clerk"), "--ledger", ORIGIN, "--org", ORGS["clerk"]).stdout)
        key_id = printed("keys", "show", estate.key("clerk"))["key_id"]
        body = estate.write("page.json", {"page": "staff-1", "rows": [row]})
        sealed = estate.write("page.openings.json", {f"holder/{key_id}": {"id": "clerk-7", "name": "经办人"}})
        page = estate.acted("keys-admitted/1", "--body", body, "--openings", sealed, by="operator")
        estate.acted("--confirm", page["index"], by="bureau")
        post = {
            "from": "2020-01-01",
            "matter": None,
            "org": ORGS["clerk"],
            "person": row["person"],
            "post": "clerk",
            "to": "2099-12-31",
        }
        given = estate.acted("post-given/1", "--body", estate.write("post.json", post), by="street")
        estate.acted("--confirm", given["index"], by="bureau")
    return path


@pytest.fixture
def bare(ground: Path, tmp_path: Path) -> Estate:
    """A copy of the key files, nothing founded."""
    shutil.copytree(ground, tmp_path / "estate")
    return Estate(tmp_path / "estate")


@pytest.fixture
def estate(grown: Path, tmp_path: Path) -> Estate:
    """A copy of the founded ledger: entries 0 to 6, a clerk in his post."""
    shutil.copytree(grown, tmp_path / "estate")
    return Estate(tmp_path / "estate")


@pytest.fixture
def size(estate: Estate) -> Callable[[], int]:
    """How many entries the ledger has now."""
    return lambda: int((estate.path / "data-anchor" / f"{CODE}.checkpoint").read_text().split()[0])
