"""Documents over HTTP: public ones for everybody, restricted ones for those who may read what names them, and gone with it."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

import pytest

from api.documents import MOST
from ledger import documents
from ledger.access import accesses, read_access
from ledger.documents import Referrers
from ledger.erasing import DOCUMENTS_GONE
from scripts.stories.player import Step
from tests.api.conftest import BASE, TITLE, Estate
from tests.api.test_sessions import opened
from tlog.opening import Opening

SCAN = b"%PDF-1.7 \xe6\x9c\xba\xe5\xaf\x86" * 50
PHOTO = b"\xff\xd8\xff photo of the notice"


def path_of(raw: bytes) -> str:
    return f"{BASE}/documents/{sha256(raw).hexdigest()}"


def put(estate: Estate, raw: bytes, media: str = "application/pdf", who: str | None = "clerk", path: str = "") -> Any:
    header = opened(estate, who) if who else {}
    return estate.client.put(path or path_of(raw), content=raw, headers={"content-type": media, **header})


def get(estate: Estate, raw: bytes, who: str | None = None) -> Any:
    return estate.client.get(path_of(raw), headers=opened(estate, who) if who else {})


def reference(raw: bytes, media: str = "application/pdf") -> tuple[bytes, int, str]:
    return sha256(raw).digest(), len(raw), media


def posted(estate: Estate, raw: bytes) -> None:
    body = {
        "from": "2026-10-21",
        "n": 2,
        "photo": reference(raw, "image/jpeg"),
        "place": "hall",
        "poll": "garden",
        "to": "2026-12-31",
    }
    list(estate.play.play([Step("2026-10-21 11:00", "clerk", "notice-posted/1", body, confirm=("witness",))]))


def erased(
    estate: Estate, about: str, *names: str, request: tuple[bytes, int, str] | None = None, name: str = "erasure"
) -> None:
    """An erasure of these openings, which names the scanned request in an opening of its own."""
    door, index = estate.opened.door, estate.index(about)
    digests = {Opening.parse(raw).name: digest for digest, raw in door._held(index)}
    body = {"basis": "unlawful", "index": index, "keys_until": "2026-11-30",
            "openings": tuple(sorted((digests[one], one) for one in names))}  # fmt: skip
    openings = {"reason": "依申请(示例)", **({"request": request} if request else {})}
    step = Step("2026-10-21 12:00", "clerk", "openings-erased/1", body, openings, about=about, confirm=("bureau",), name=name)
    list(estate.play.play([step]))


def files(estate: Estate) -> list[str]:
    folder = estate.opened.home.path / "documents"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_a_body_names_is_everybody_s(fresh: Estate) -> None:
    assert put(fresh, PHOTO, "image/jpeg").json() == {
        "sha256": sha256(PHOTO).hexdigest(),
        "size": len(PHOTO),
        "media": "image/jpeg",
    }
    assert get(fresh, PHOTO).status_code == 404
    posted(fresh, PHOTO)
    answer = get(fresh, PHOTO)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PHOTO, "image/jpeg")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("named", "served", "shown"), [
    ("text/html", "application/octet-stream", "attachment"), ("text/javascript", "application/octet-stream", "attachment"),
    ("image/svg+xml", "application/octet-stream", "attachment"), ("text/plain", "text/plain; charset=utf-8", "attachment"),
    ("image/png", "image/png", "inline"), ("application/pdf", "application/pdf", "attachment"),
])  # fmt: skip
def test_what_an_act_calls_a_document_makes_it_no_page_of_ours_r_priv_1(
    fresh: Estate, named: str, served: str, shown: str
) -> None:
    raw = b"<!doctype html><script src='/static/x.js'></script>"
    assert put(fresh, raw, "text/plain").status_code == 201
    body = {"from": "2026-10-21", "n": 2, "photo": reference(raw, named), "place": "hall", "poll": "garden", "to": "2026-12-31"}
    list(fresh.play.play([Step("2026-10-21 11:00", "clerk", "notice-posted/1", body)]))  # confirmed by nobody
    answer = get(fresh, raw)
    assert (answer.content, answer.headers["content-type"], answer.headers["content-disposition"]) == (raw, served, shown)
    assert {"sandbox", "default-src 'none'"} <= set(answer.headers["content-security-policy"].split("; "))
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_may_be_deposited_after_the_act_too(fresh: Estate) -> None:
    posted(fresh, PHOTO)
    assert get(fresh, PHOTO).status_code == 404
    assert put(fresh, PHOTO, "image/jpeg").status_code == 201
    assert get(fresh, PHOTO).content == PHOTO


def test_what_only_an_opening_names_is_for_those_who_may_read_it_and_on_record(fresh: Estate) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))
    before = len([*accesses(fresh.opened.door.shelf)])
    for who in (None, "clerk", "operator", "counter-1", "observer", "head-01"):
        answer = get(fresh, SCAN, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "document-unknown"), who
    assert len([*accesses(fresh.opened.door.shelf)]) == before
    answer = get(fresh, SCAN, "party")
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, SCAN, "no-store")
    record = read_access([*accesses(fresh.opened.door.shelf)][-1])
    leaf = fresh.play.leaves["erasure"]
    assert (record.leaf, record.role, record.person) == (leaf, "supervisor", fresh.play.people["party"].person)
    assert record.names == (f"request@{files(fresh)[0][:16]}",)
    assert sha256(SCAN).hexdigest()[:16] not in record.names[0]  # after erasure it must confirm no guess


def test_it_goes_with_the_opening_that_names_it(fresh: Estate) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))
    [name] = files(fresh)
    assert fresh.opened.door.vault.keys.find(f"document/{name}") is not None
    erased(fresh, "erasure", "request", name="second")
    assert files(fresh) == []
    assert fresh.opened.door.vault.keys.find(f"document/{name}") is None
    assert get(fresh, SCAN, "party").status_code == 404
    index = fresh.index("erasure")
    told = fresh.client.get(f"{BASE}/entries/{index}/openings", headers=opened(fresh, "party")).json()
    assert [one["name"] for one in told] == ["reason", "request"]
    assert told[1]["erased"] == {
        "by": fresh.index("second"),
        "basis": "unlawful",
        "day": "2026-10-21",
        "keys_until": "2026-11-30",
    }


def test_it_stays_while_another_opening_names_it(fresh: Estate) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))
    erased(fresh, "lifts-notice", "title", request=reference(SCAN), name="other")
    erased(fresh, "erasure", "request", name="second")
    assert get(fresh, SCAN, "party").content == SCAN
    erased(fresh, "other", "request", name="third")
    assert (files(fresh), get(fresh, SCAN, "party").status_code) == ([], 404)


def test_an_upload_that_no_act_names_expires(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fresh, PHOTO, "image/jpeg")
    put(fresh, SCAN)
    posted(fresh, PHOTO)
    assert len(files(fresh)) == 2
    monkeypatch.setattr(documents, "WAITING_S", -1)
    fresh.opened.door.settle()
    assert len(files(fresh)) == 1
    assert get(fresh, PHOTO).content == PHOTO


def test_nothing_expires_while_somebody_cannot_say_what_is_named(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))
    put(fresh, PHOTO, "image/jpeg")
    fresh.opened.door.vault.keys.destroy([f"stream/erased/{fresh.play.leaves['founding'].hex()}"])
    monkeypatch.setattr(documents, "WAITING_S", -1)
    fresh.opened.door._opened.clear()
    fresh.opened.door.referrers = Referrers()  # as another process begins
    fresh.opened.door.settle()
    assert len(files(fresh)) == 2


def test_a_name_that_differs_in_size_names_nothing(fresh: Estate) -> None:
    put(fresh, PHOTO, "image/jpeg")
    body = {"from": "2026-10-21", "n": 2, "photo": (sha256(PHOTO).digest(), 5, "image/jpeg"), "place": "hall", "poll": "garden",
            "to": "2026-12-31"}  # fmt: skip
    list(fresh.play.play([Step("2026-10-21 11:00", "clerk", "notice-posted/1", body, confirm=("witness",))]))
    assert get(fresh, PHOTO).status_code == 404


@pytest.mark.parametrize(("raw", "media", "who", "path", "status", "code"), [
    (SCAN, "application/pdf", None, "", 401, "session-needed"), (SCAN, "text/html", "clerk", "", 415, "media-type-unsupported"),
    (SCAN, "image/svg+xml", "clerk", "", 415, "media-type-unsupported"),
    (SCAN, "application/pdf", "clerk", path_of(PHOTO), 422, "document-differs"),
    (SCAN, "application/pdf", "clerk", f"{BASE}/documents/{sha256(SCAN).hexdigest().upper()}", 404, "document-unknown"),
    (SCAN, "application/pdf", "clerk", f"{BASE}/documents/..", 404, "document-unknown"),
    (bytes(MOST + 1), "application/pdf", "clerk", "", 413, "body-too-large"),
], ids=["nobody", "a page", "a drawing with scripts", "another's name", "another spelling", "no hash", "too large"])  # fmt: skip
def test_what_is_not_taken(fresh: Estate, raw: bytes, media: str, who: str | None, path: str, status: int, code: str) -> None:
    answer = put(fresh, raw, media, who, path)
    if path.endswith(".."):
        assert answer.status_code in (404, 405)
    else:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert files(fresh) == []


def test_a_cookie_deposits_nothing(fresh: Estate) -> None:
    token = opened(fresh, "clerk")["authorization"].removeprefix("Bearer ")
    headers = {"content-type": "application/pdf", "cookie": f"liuchi-440307-001={token}"}
    assert fresh.client.get(f"{BASE}/sessions", headers=headers).status_code == 200
    assert fresh.client.put(path_of(SCAN), content=SCAN, headers=headers).status_code == 401


def test_uploads_that_wait_are_not_without_number(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.documents.WAITING_MOST", len(SCAN) + 200)
    assert put(fresh, SCAN).status_code == 201
    answer = put(fresh, SCAN[::-1])
    assert (answer.status_code, answer.json()["code"]) == (507, "documents-full")


def test_one_person_s_uploads_leave_room_for_everybody_else_s(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.documents.OF_A_PERSON", len(SCAN) + 200)
    assert put(fresh, SCAN, who="head-03").status_code == 201
    answer = put(fresh, SCAN[::-1], who="head-03")
    assert (answer.status_code, answer.json()["code"]) == (507, "documents-full")
    assert put(fresh, SCAN[::-1], who="clerk").status_code == 201
    erased(fresh, "founding", "name", request=reference(SCAN))
    assert put(fresh, PHOTO, "image/jpeg", "head-03").status_code == 201  # what an act names waits no longer


def test_a_lost_opening_lifts_no_limit(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))
    fresh.opened.door.vault.keys.destroy([f"stream/erased/{fresh.play.leaves['founding'].hex()}"])
    fresh.opened.door._opened.clear()
    fresh.opened.door.referrers = Referrers()  # as another process begins
    monkeypatch.setattr("api.documents.WAITING_MOST", 3 * len(SCAN))
    told = [put(fresh, bytes([n]) * len(SCAN), "text/plain", f"head-{n:02}").status_code for n in range(1, 4)]
    assert told == [201, 507, 507]


def test_an_upload_opens_nothing_again_that_was_opened(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))
    vault, opened_rows = fresh.opened.door.vault, list[bytes]()
    real = vault.open
    monkeypatch.setattr(vault, "open", lambda row, said: (opened_rows.append(row.leaf), real(row, said))[1])
    put(fresh, PHOTO, "image/jpeg")
    assert set(opened_rows) == {fresh.play.leaves["erasure"]}  # nothing else here can hold a document
    opened_rows.clear()
    put(fresh, PHOTO[::-1], "image/jpeg")
    assert opened_rows == []
    erased(fresh, "lifts-notice", "title", request=reference(PHOTO, "image/jpeg"), name="other")
    opened_rows.clear()
    assert fresh.opened.door.waiting_documents().total() > 0
    assert set(opened_rows) == {fresh.play.leaves["other"]}
    erased(fresh, "erasure", "request", name="second")
    assert not fresh.opened.door.referrers._remembered.get(fresh.play.leaves["erasure"])  # nothing erased is remembered
    put(fresh, PHOTO, "image/jpeg")
    opened_rows.clear()
    put(fresh, PHOTO, "image/jpeg")
    assert opened_rows == []


def test_a_crash_after_its_document_was_destroyed_is_made_good(fresh: Estate) -> None:
    put(fresh, SCAN)
    erased(fresh, "founding", "name", request=reference(SCAN))

    def die(point: str) -> None:
        if point == DOCUMENTS_GONE:
            raise KeyboardInterrupt

    fresh.opened.door.reached = die
    with pytest.raises(KeyboardInterrupt):
        erased(fresh, "erasure", "request", name="second")
    assert files(fresh) == []
    fresh.opened.door.reached = lambda _: None
    fresh.opened.door.settle()
    assert [Opening.parse(raw).name for raw in fresh.opened.door.openings_of(fresh.index("erasure"))] == ["reason"]
    rows = fresh.opened.door.shelf.vault(fresh.play.leaves["erasure"])
    assert len(rows) == 1


def test_a_document_deposited_again_waits_anew(fresh: Estate) -> None:
    put(fresh, SCAN)
    [path] = (fresh.opened.home.path / "documents").iterdir()
    os.utime(path, (0, 0))
    put(fresh, SCAN)
    fresh.opened.door.settle()
    assert len(files(fresh)) == 1


def test_a_vote_whose_title_was_erased_is_shown_and_says_so(fresh: Estate) -> None:
    erased(fresh, "lifts-notice", "title", "question/use")
    notice = fresh.index("lifts-notice")
    for path in ("", "/polls/lifts", "/entries", f"/entries/{notice}"):
        for lang in ("", "?lang=en"):
            answer = fresh.client.get(f"/c/440307-001{path}{lang}")
            assert answer.status_code == 200
            assert TITLE not in answer.text
    page = fresh.client.get(f"/c/440307-001/entries/{notice}").text
    assert f"删除记录：第{fresh.index('erasure')}条" in page
    assert "依据：违法或违约处理" in page
    assert fresh.client.get(f"{BASE}/polls/lifts").json()["title"] is None
    for path in ("", "/polls/lifts"):
        assert "已依法删除" in fresh.client.get(f"/c/440307-001{path}").text
        assert "未开示" not in fresh.client.get(f"/c/440307-001{path}").text
