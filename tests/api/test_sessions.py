"""Sessions: a signed challenge, once, here and now; rights are the key's roles at the moment of each reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.sessions import CHALLENGE_MS, MOST, OF_A_KEY, SESSION_MS, Sessions
from domain.acts import KINDS
from domain.state import act_of
from keys.identity import SigningKey
from ledger.access import accesses, check, read_access
from ledger.store import StoreFailed
from scripts.stories.player import Step
from tests.api.conftest import BASE, CODE, HEADS, ORIGIN, UNITS, Estate

HOST = "testserver"


def asked(estate: Estate, who: str | SigningKey, **but: Any) -> dict[str, Any]:
    """An answer to a fresh challenge, with something in it changed."""
    given = estate.client.post(f"{BASE}/sessions/challenges")
    assert (given.status_code, given.headers["cache-control"]) == (201, "no-store")
    told = given.json()
    key = who if isinstance(who, SigningKey) else estate.play.people[who].key
    signed = {"origin": told["origin"], "host": told["host"], "challenge": told["challenge"], "expires": told["expires"], **but}
    signature = key.session(signed["origin"], signed["host"], bytes.fromhex(signed["challenge"]), signed["expires"])
    return {"challenge": signed["challenge"], "expires": signed["expires"], "key": key.id.hex(), "signature": signature.hex()}


def opened(estate: Estate, who: str) -> dict[str, str]:
    """The header of a new session."""
    answer = estate.client.post(f"{BASE}/sessions", json=asked(estate, who))
    assert answer.status_code == 201, answer.text
    estate.client.cookies.clear()
    return {"authorization": f"Bearer {answer.json()['token']}"}


def refused(estate: Estate, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = estate.client.post(f"{BASE}/sessions", json=body)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    told: dict[str, Any] = answer.json()
    return told


def test_a_signed_challenge_opens_a_session_that_says_who_reads(served: Estate) -> None:
    answer = served.client.post(f"{BASE}/sessions", json=asked(served, "clerk"))
    told, clerk = answer.json(), served.play.people["clerk"]
    assert list(told) == ["token", "expires", "reader"]
    assert told["reader"] == {"key": clerk.key.id.hex(), "person": clerk.person.hex(), "org": clerk.org,
                              "posts": [{"post": "clerk", "matter": None}], "heads": [], "expires": told["expires"]}  # fmt: skip
    assert told["reader"] == served.client.get(f"{BASE}/sessions").json()  # by its cookie
    assert (answer.headers["cache-control"], "Authorization" in answer.headers["vary"]) == ("no-store", True)
    served.client.cookies.clear()


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(served: Estate) -> None:
    answer = served.client.post(f"{BASE}/sessions", json=asked(served, "clerk"))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"liuchi-{CODE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={SESSION_MS // 1000}"} <= set(cookie.split("; "))
    secure = TestClient(served.client.app, base_url="https://testserver")
    told = secure.post(f"{BASE}/sessions/challenges").json()
    key = served.play.people["clerk"].key
    signature = key.session(ORIGIN, HOST, bytes.fromhex(told["challenge"]), told["expires"]).hex()
    body = {"challenge": told["challenge"], "expires": told["expires"], "key": key.id.hex(), "signature": signature}
    assert "Secure" in secure.post(f"{BASE}/sessions", json=body).headers["set-cookie"]
    served.client.cookies.clear()


def test_an_owner_s_session_knows_her_heads(served: Estate) -> None:
    told = served.client.get(f"{BASE}/sessions", headers=opened(served, "head-03")).json()
    assert (told["posts"], told["heads"]) == ([], [["r", served.play.tag(UNITS[2].unit).hex()]])


@pytest.mark.parametrize("but", [
    {"host": "evil.example"}, {"origin": "demo.example.org/log/440307-002/1"}, {"challenge": "00" * 32}, {"expires": 1},
    {"expires": 4_000_000_000_000},
], ids=lambda but: next(iter(but)))  # fmt: skip
def test_a_challenge_is_of_this_ledger_this_host_and_this_time(served: Estate, but: dict[str, Any]) -> None:
    assert refused(served, asked(served, "clerk", **but))["code"] == "session-refused"


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:8000", "127.0.0.1:81", "localhost.", ""]
)
def test_a_host_that_is_not_ours_gets_no_challenge_and_opens_nothing_r_priv_1(served: Estate, host: str) -> None:
    body = asked(served, "clerk")
    for path, sent in (("/sessions/challenges", None), ("/sessions", body)):
        answer = served.client.post(BASE + path, json=sent, headers={"host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "host-unknown"), host
    assert served.client.post(f"{BASE}/sessions", json=body).status_code == 201  # nothing was spent
    served.client.cookies.clear()


@pytest.mark.parametrize("host", ["testserver", "TestServer", "demo.example.org", "127.0.0.1", "localhost", "[::1]"])
def test_the_origin_s_host_a_named_one_and_this_machine_are_ours(served: Estate, host: str) -> None:
    told = served.client.post(f"{BASE}/sessions/challenges", headers={"host": host})
    assert (told.status_code, told.json()["host"]) == (201, host.lower())


def test_this_machine_is_ours_with_the_port_that_is_listened_on(served: Estate) -> None:
    there = TestClient(served.client.app, base_url="http://127.0.0.1:8000")
    asked_at = {host: there.post(f"{BASE}/sessions/challenges", headers={"host": host}).status_code
                for host in ("127.0.0.1:8000", "localhost:8000", "127.0.0.1", "127.0.0.1:8001")}  # fmt: skip
    assert [*asked_at.values()] == [201, 201, 421, 421]


def test_a_challenge_is_answered_once(served: Estate) -> None:
    body = asked(served, "clerk")
    assert served.client.post(f"{BASE}/sessions", json=body).status_code == 201
    assert refused(served, body)["code"] == "session-refused"
    served.client.cookies.clear()


def test_an_unknown_key_is_refused_as_a_wrong_signature_is(served: Estate) -> None:
    wrong = {**asked(served, "clerk"), "signature": "00" * 64}
    unknown = asked(served, SigningKey.generate())
    rfc8032 = SigningKey.from_seed(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    stands_in = {**asked(served, rfc8032), "key": "11" * 32}  # signed by the key that is checked in an unknown one's place
    assert refused(served, wrong) == refused(served, unknown) == refused(served, stands_in)


@pytest.mark.parametrize("purpose", ["statement", "possession"])
def test_no_other_signature_opens_a_session(served: Estate, purpose: str) -> None:
    body, key = asked(served, "clerk"), served.play.people["clerk"].key
    raw = bytes.fromhex(body["challenge"])
    other = key.sign_statement(raw) if purpose == "statement" else key.possession(ORIGIN, raw[:16])
    assert refused(served, {**body, "signature": other.hex()})["code"] == "session-refused"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"[" * 8000, b'{"challenge": 1, "expires": 1, "key": "", "signature": ""}']
)
def test_what_is_no_answer_is_malformed(client: TestClient, body: bytes) -> None:
    answer = client.post(f"{BASE}/sessions", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")


@pytest.mark.parametrize("header", ["Bearer 00", "Bearer " + "00" * 32, "Bearer ü", "Bearer x"])
def test_a_token_that_is_no_session_s_is_told_so(client: TestClient, header: str) -> None:
    for path in ("/sessions", "/entries/0/openings"):
        answer = client.get(BASE + path, headers={"authorization": header.encode()})
        assert (answer.status_code, answer.json()["code"]) == (401, "session-needed")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get(f"{BASE}/sessions").status_code == 401


def test_a_session_ends_when_it_is_told_to(served: Estate) -> None:
    header = opened(served, "clerk")
    assert served.client.delete(f"{BASE}/sessions", headers=header).status_code == 204
    assert served.client.get(f"{BASE}/sessions", headers=header).status_code == 401


def test_a_revoked_key_reads_nothing_from_that_moment_on(fresh: Estate) -> None:
    page, header = fresh.index("roll-r-1"), opened(fresh, "head-03")
    assert len(fresh.client.get(f"{BASE}/entries/{page}/openings", headers=header).json()) == HEADS
    key = fresh.play.people["head-03"].key.id
    body = {"key": key, "own": True, "reason": "lost", "since": fresh.clock.at}
    list(fresh.play.play([Step("2026-10-21 11:00", "head-03", "key-revoked/1", body)]))
    assert fresh.client.get(f"{BASE}/sessions", headers=header).status_code == 401
    assert fresh.client.get(f"{BASE}/entries/{page}/openings", headers=header).json() == []
    assert refused(fresh, asked(fresh, "head-03"))["code"] == "session-refused"


def test_an_ended_post_gives_no_right_any_more(fresh: Estate) -> None:
    result, header = fresh.index("lifts-result"), opened(fresh, "counter-1")
    path = f"{BASE}/entries/{result}/openings"
    assert [one["name"] for one in fresh.client.get(path, headers=header).json()] == ["count-key"]
    fresh.clock.at += 400 * 86_400_000
    assert fresh.client.get(path, headers=header).json() == []
    assert fresh.client.get(f"{BASE}/sessions", headers=header).json()["posts"] == []


# --- how many, how long


def test_sessions_and_challenges_run_out() -> None:
    now = [1000]
    sessions = Sessions(lambda: now[0])
    challenge, expires = sessions.challenge("o", "h")
    assert expires == 1000 + CHALLENGE_MS
    now[0] = expires
    assert sessions.ours("o", "h", challenge, expires)
    token, _ = sessions.open("o", b"k", challenge, expires) or ("", None)
    assert sessions.find("o", token)
    assert sessions.find("p", token) is None
    now[0] = expires + 1
    assert not sessions.ours("o", "h", challenge, expires)
    assert not Sessions(lambda: 1000).ours("o", "h", challenge, expires)  # another process's
    now[0] = expires + SESSION_MS
    assert sessions.find("o", token)
    now[0] += 1
    assert sessions.find("o", token) is None


def test_a_key_has_few_sessions_at_a_time_and_all_keys_together_not_too_many() -> None:
    sessions = Sessions(lambda: 0)

    def one(key: bytes, n: int) -> str:
        made = sessions.open("o", key, n.to_bytes(32, "big"), 1)
        assert made is not None
        return made[0]

    own = [one(b"k", n) for n in range(OF_A_KEY + 1)]
    assert [sessions.find("o", token) is not None for token in own] == [False] + [True] * OF_A_KEY
    sessions._live |= {n.to_bytes(32, "big"): sessions._live[next(iter(sessions._live))] for n in range(MOST - OF_A_KEY)}
    newest = one(b"other", 99)
    assert sessions.find("o", newest)
    assert len(sessions._live) == MOST


# --- what leaks to whom


OFFICIALS = {"street", "bureau", "party"}  # supervisors
READERS = ("operator", "street", "bureau", "party", "clerk", "counter-1", "counter-2", "observer", "witness", "head-01",
           "head-12")  # fmt: skip
OWNERS = {"head-01", "head-12"}
COUNTERS = {"counter-1", "counter-2"}
MAY = {"public": {*READERS}, "owners": OFFICIALS | COUNTERS | OWNERS, "supervisor": OFFICIALS, "counters": COUNTERS}


@pytest.mark.parametrize("who", READERS)
def test_nothing_leaks_to_a_reader_without_the_right(served: Estate, who: str) -> None:
    header, door = opened(served, who), served.opened.door
    for index, raw in enumerate(door.shelf.entries(0, 1000)):
        act = act_of(raw).act
        told = served.client.get(f"{BASE}/entries/{index}/openings", headers=header)
        mine = {name for name, sealed in KINDS[act.kind].opens(act.body).items() if who in MAY[sealed.audience]}
        assert {one["name"] for one in told.json()} == mine, (index, act.kind)
        assert told.headers["cache-control"] == "no-store"


def test_with_a_session_no_other_route_tells_more_than_without(served: Estate, secrets: list[bytes]) -> None:
    header, size = opened(served, "bureau"), served.opened.door.checkpoint()[0]
    paths = [*(f"{BASE}{path}" for path in ("", "/kinds", "/entries?limit=256", "/polls", "/polls/lifts", "/polls/garden")),
             *(f"{BASE}/entries/{index}" for index in range(size)), f"/c/{CODE}", f"/c/{CODE}/entries", f"/c/{CODE}/polls/lifts",
             *(f"/c/{CODE}/entries/{index}" for index in range(size)), "/metrics"]  # fmt: skip
    for path in paths:
        answer = served.client.get(path, headers=header)
        assert answer.status_code == 200, path
        assert not [secret for secret in secrets if secret in answer.content], path


# --- access records


def test_each_restricted_reading_is_on_record_before_it_is_answered(fresh: Estate) -> None:
    page, door = fresh.index("roll-r-1"), fresh.opened.door
    before = len([*accesses(door.shelf)])
    fresh.client.get(f"{BASE}/entries/{page}/openings")
    fresh.client.get(f"{BASE}/entries/0/openings")
    assert len([*accesses(door.shelf)]) == before
    fresh.client.get(f"{BASE}/entries/{page}/openings", headers=opened(fresh, "head-03"))
    fresh.client.get(f"{BASE}/entries/{page}/openings", headers=opened(fresh, "bureau"))
    records = [read_access(raw) for raw in accesses(door.shelf)][before:]
    leaf = door.receipt(page).leaf
    assert [(one.leaf, one.role, len(one.names)) for one in records] == [(leaf, "owner", HEADS), (leaf, "supervisor", HEADS)]
    people = fresh.play.people
    assert [(one.key, one.person) for one in records] == [
        (people[who].key.id, people[who].person) for who in ("head-03", "bureau")
    ]
    assert check(accesses(door.shelf)).torn is None


def test_what_cannot_be_recorded_is_not_shown(fresh: Estate, monkeypatch: pytest.MonkeyPatch, secrets: list[bytes]) -> None:
    header = opened(fresh, "bureau")

    def full(*_: object) -> None:
        raise StoreFailed("the disk is full")

    monkeypatch.setattr(fresh.opened.door.store, "note", full)
    answer = fresh.client.get(f"{BASE}/entries/{fresh.index('roll-r-1')}/openings", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert not [secret for secret in secrets if secret in answer.content]
