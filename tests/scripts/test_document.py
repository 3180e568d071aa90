"""`liuchi document`: what is deposited is named by its hash, and fetched by whoever may read the act that names it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.scripts.conftest import CODE, Estate, liuchi, printed

SCAN = b"%PDF a scanned request"
NAMED = sha256(SCAN).hexdigest()


def deposited(estate: Estate, *words: object) -> Path:
    file = estate.path / "scan.pdf"
    file.write_bytes(SCAN)
    assert printed("document", file, "--ledger", CODE, "--data", estate.data, *words) == {
        "reference": [NAMED, len(SCAN), "application/pdf"]
    }
    return file


def named(estate: Estate) -> None:
    """An erasure of the ledger's name whose scanned request is this document."""
    digest = estate.acted("--read", 0)["digests"]["name"]
    body = {"basis": "unlawful", "index": 0, "keys_until": "2026-08-20", "openings": [[digest, "name"]]}
    openings = {"reason": "名称有误(示例)", "request": [NAMED, len(SCAN), "application/pdf"]}
    files = ("--body", estate.write("erase.json", body), "--openings", estate.write("why.json", openings), "--about", 0)
    assert estate.act("openings-erased/1", *files, by="street").exit_code == 0


def fetched(estate: Estate, out: str, *words: object) -> tuple[int, bytes | None]:
    path = estate.path / out
    found = liuchi("document", "--get", NAMED, "--out", path, "--ledger", CODE, "--data", estate.data, *words)
    return found.exit_code, path.read_bytes() if path.exists() else None


def test_a_document_is_deposited_named_and_fetched_by_who_may(estate: Estate) -> None:
    deposited(estate)
    assert fetched(estate, "early.pdf") == (1, None)
    named(estate)
    assert fetched(estate, "machine.pdf") == (0, SCAN)
    assert fetched(estate, "bureau.pdf", "--key", estate.key("bureau")) == (0, SCAN)
    assert fetched(estate, "clerk.pdf", "--key", estate.key("clerk")) == (1, None)
    records = printed("accesses", CODE, "--data", estate.data)["records"]
    assert [one["role"] for one in records[-2:]] == ["custodian", "supervisor"]
    assert records[-1]["names"][0].startswith("request@")


def test_the_reference_is_printed_as_a_body_needs_it(estate: Estate) -> None:
    file = deposited(estate)
    assert (
        liuchi("document", file, "--ledger", CODE, "--data", estate.data).stdout
        == f'["{NAMED}", {len(SCAN)}, "application/pdf"]\n'
    )


@pytest.mark.parametrize(("words", "option"), [
    ((), "FILE"), (("scan.pdf", "--get", NAMED), "FILE"), (("scan.xyz",), "--media"), (("scan.pdf", "--media", "text/html"), "--media"),
    (("empty.pdf",), "FILE"), (("--get", "5f0c"), "--get"), (("--get", NAMED), "--out"), (("--get", NAMED, "--out", "scan.pdf"), "--out"),
    (("scan.pdf", "--url", "http://localhost"), "--key"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], option: str
) -> None:
    monkeypatch.chdir(estate.path)
    for name, raw in (("scan.pdf", SCAN), ("scan.xyz", SCAN), ("empty.pdf", b"")):
        (estate.path / name).write_bytes(raw)
    found = liuchi("document", *words, "--ledger", CODE, "--data", estate.data)
    assert (found.exit_code, f"Invalid value for {option}" in found.stderr) == (2, True), found.stderr
