"""`liuchi serve` and `liuchi act --url`: a server over a real port, and hands that trust nothing it says unproven."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest

from keys.custody import write_key
from keys.identity import SigningKey
from scripts.serve import greeted, greeting
from tests.scripts.conftest import CHEAP, CODE, ORIGIN, WORD, Estate, liuchi, printed

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(data: Path, **more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of its own process, with more in its environment; it ends with the test."""
    words = [sys.executable, "-m", "scripts.cli", "serve", "--data", str(data), "--port", "0"]
    env = {**os.environ, "LIUCHI_PASSPHRASE": WORD, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **more}
    with subprocess.Popen(words, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            assert first.startswith("六尺 Liuchi · http://127.0.0.1:"), process.stderr and process.stderr.read()
            yield first.split()[3].rstrip("/"), process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def served(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Estate, str]]:
    """The founded estate behind a server, shared by this module's tests."""
    path = tmp_path_factory.mktemp("served") / "estate"
    shutil.copytree(grown, path)
    with serving(path / "data") as (url, _):
        yield Estate(path), url


def sent(estate: Estate, url: str, *words: object, by: str) -> Any:
    return liuchi("act", *words, "--key", estate.key(by), "--ledger", CODE, "--url", url, "--json")


def test_what_is_served_is_the_ledger_of_the_folder(served: tuple[Estate, str]) -> None:
    _, url = served
    with urlopen(f"{url}/api/v1/ledgers/{CODE}") as answer:
        assert json.load(answer)["origin"] == ORIGIN
    with urlopen(f"{url}/log/{CODE}/1/checkpoint") as answer:
        assert answer.read().decode().startswith(f"{ORIGIN}\n")


def test_acts_are_handed_in_and_confirmed_at_a_server(served: tuple[Estate, str]) -> None:
    estate, url = served
    body = estate.write("again.json", estate.acted("--read", 5)["body"])
    given = sent(estate, url, "post-given/1", "--body", body, "--out", estate.path / "r.json", by="street")
    assert given.exit_code == 0, given.output
    receipt = json.loads(given.stdout)
    assert json.loads((estate.path / "r.json").read_text()) == receipt
    assert printed("verify", estate.path / "r.json")["verdict"] == "ok"
    assert sent(estate, url, "--confirm", receipt["index"], by="bureau").exit_code == 0
    again = sent(estate, url, "--confirm", receipt["index"], by="party")
    said = json.loads(again.stdout)
    assert (again.exit_code, said["code"], said["rule"]) == (1, "nothing-pending", "R-ACT-PENDING")
    assert said["detail"]["zh"] == "没有等待复核的该行为：已完成、已被否决或已逾期。"
    assert said["remedy"]["en"] == "Look at the state of that entry."
    assert estate.acted("--pending") == {"pending": []}


def test_a_ledger_that_a_server_does_not_have_is_its_refusal(served: tuple[Estate, str]) -> None:
    estate, url = served
    found = liuchi("act", "--confirm", 0, "--key", estate.key("street"), "--ledger", "none", "--url", url)
    assert (found.exit_code, found.stdout) == (1, "")
    assert "ledger-unknown" in found.stderr


def test_ctrl_c_ends_it_cleanly(estate: Estate) -> None:
    with serving(estate.data) as (_, process):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.read(), process.stderr.read()
    assert err == ""
    assert out.endswith("已停止 Stopped.\n")
    assert f"/c/{CODE}" in out


def test_a_port_in_use_is_one_line_and_exit_4_before_anybody_is_asked(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUCHI_PASSPHRASE")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = liuchi("serve", "--data", estate.data, "--port", port)
    assert (found.exit_code, found.stdout) == (4, "")
    assert found.stderr == f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port or --host\n"


def test_a_folder_without_a_ledger_is_one_line_and_exit_4(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        found = liuchi("serve", "--data", folder, "--port", 0)
        assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (4, "", 1)
        assert found.stderr.startswith(f"{folder} holds no ledger; ")


def test_a_wrong_passphrase_is_one_line_and_exit_2(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", "wrong")
    found = liuchi("serve", "--data", estate.data, "--port", 0)
    assert (found.exit_code, found.stdout) == (2, "")
    assert (
        found.stderr == f"{estate.data}/{CODE}/log.key: this passphrase does not open the key file, or the file was altered\n"
    )


@pytest.mark.parametrize(("host", "shown"), [
    ("127.0.0.1", "http://127.0.0.1:80/"), ("0.0.0.0", "http://127.0.0.1:80/"), ("::1", "http://[::1]:80/"), ("::", "http://[::1]:80/"),
    ("ledger.example.org", "http://ledger.example.org:80/"),
])  # fmt: skip
def test_the_address_shown_is_one_that_a_browser_opens(host: str, shown: str) -> None:
    assert shown in next(greeting({}, greeted(host, 80)))


# --- a server that is not to be believed

Answers = dict[str, tuple[int, bytes]]


@contextmanager
def lying(answers: Answers) -> Iterator[str]:
    """A server that answers what it is told to."""

    class Liar(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, raw = answers.get(self.path, (404, b"nothing"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Liar) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def truth(estate: Estate) -> Answers:
    """What a true server would answer: the ledger's own words, and its mirror."""
    mirror = estate.path / "mirror"
    printed("export", CODE, "--mirror", mirror, "--data", estate.data)
    vkey = (mirror / "policy.txt").read_text().split()[1]
    paths = {path.relative_to(mirror).as_posix(): path for path in mirror.rglob("*") if path.is_file()}
    files = {f"/log/{CODE}/1/{name}": (200, path.read_bytes()) for name, path in paths.items()}
    return {f"/api/v1/ledgers/{CODE}": (200, json.dumps({"origin": ORIGIN, "vkey": vkey}).encode()), **files}


@pytest.mark.parametrize(("lie", "expected"), [
    (lambda path, raw: b"[" if path.startswith("/api") else raw, "did not answer in JSON"),
    (lambda path, raw: b"[]" if path.startswith("/api") else raw, "did not answer with a JSON map"),
    (lambda path, raw: b"{}" if path.startswith("/api") else raw, "the ledger there does not hold"),
    (lambda path, raw: raw.replace(b"440307-001/1", b"440307-002/1") if path.startswith("/api") else raw, "the ledger there does not hold"),
    (lambda path, raw: raw[:-1] + b"\0" if "entries" in path else raw, "the ledger there does not hold"),
    (lambda path, raw: raw[:-1] + b"\0" if "tile/0" in path else raw, "the ledger there does not hold"),
    (lambda path, raw: raw.replace(b"\n7\n", b"\n6\n") if "checkpoint" in path else raw, "the ledger there does not hold"),
])  # fmt: skip
def test_nothing_is_signed_for_a_server_whose_log_does_not_hold(
    estate: Estate, lie: Callable[[str, bytes], bytes], expected: str
) -> None:
    answers = {path: (status, lie(path, raw)) for path, (status, raw) in truth(estate).items()}
    with lying(answers) as url:
        found = sent(estate, url, "--confirm", 0, by="street")
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (4, "", 1)
    assert expected in found.stderr


def test_a_server_that_is_not_there_or_is_no_ledger_is_exit_4(estate: Estate) -> None:
    with lying({}) as url:
        found = sent(estate, url, "--confirm", 0, by="street")
        assert (found.exit_code, found.stderr) == (4, f"{url}/api/v1/ledgers/{CODE} answered 404\n")
    found = sent(estate, url, "--confirm", 0, by="street")
    assert (found.exit_code, found.stderr.count("\n")) == (4, 1)
    assert "cannot be reached" in found.stderr


def test_a_key_reads_at_a_server_what_its_roles_give(served: tuple[Estate, str]) -> None:
    estate, url = served
    page = json.loads(sent(estate, url, "--read", 3, by="bureau").stdout)
    assert list(page["openings"].values()) == [{"id": "clerk-7", "name": "经办人"}]
    assert (page["withheld"], page["erased"], page["digests"].keys()) == ([], [], page["openings"].keys())
    other = json.loads(sent(estate, url, "--read", 3, by="clerk").stdout)
    assert (other["openings"], other["withheld"]) == ({}, list(page["openings"]))


def test_a_key_that_the_ledger_does_not_know_reads_nothing_at_a_server(served: tuple[Estate, str]) -> None:
    estate, url = served
    write_key(estate.key("stranger"), SigningKey.generate(), WORD, CHEAP)
    found = sent(estate, url, "--read", 3, by="stranger")
    assert (found.exit_code, json.loads(found.stdout)["code"]) == (1, "session-refused")


@pytest.mark.parametrize(("words", "option"), [(("--read", 3), "--key"), (("--read", 99, "--key", "bureau.key"), "--read")])
def test_reading_at_a_server_needs_a_key_and_an_entry(served: tuple[Estate, str], monkeypatch: pytest.MonkeyPatch,
                                                      words: tuple[object, ...], option: str) -> None:  # fmt: skip
    estate, url = served
    monkeypatch.chdir(estate.path)
    found = liuchi("act", *words, "--ledger", CODE, "--url", url)
    assert (found.exit_code, f"Invalid value for {option}" in found.stderr) == (2, True)


def test_a_document_goes_to_a_server_and_comes_back(served: tuple[Estate, str]) -> None:
    estate, url = served
    file = estate.path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff notice")
    there = ("--ledger", CODE, "--url", url, "--key", estate.key("clerk"))
    sha, _, media = printed("document", file, *there)["reference"]
    assert media == "image/jpeg"
    found = liuchi("document", "--get", sha, "--out", estate.path / "back.jpg", *there, "--json")
    assert (found.exit_code, json.loads(found.stdout)["code"]) == (1, "document-unknown")  # no act names it
