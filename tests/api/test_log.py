"""The log's files over HTTP: a mirror can be fetched from here, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from domain.acts import KINDS
from domain.state import act_of
from keys.suites import check_note
from tests.api.conftest import LOG, Estate
from tlog.codec import unpack
from tlog.opening import Opening, reveal
from tlog.policy import Policy, verify_checkpoint
from tlog.tile import Level, bundle_reader, node_reader, tile_path, tiles


def fetched(client: TestClient) -> Any:
    def fetch(level: Level, number: int, width: int) -> bytes:
        answer = client.get(f"{LOG}/{tile_path(level, number, width)}")
        assert answer.status_code == 200
        return answer.content

    return fetch


def test_a_stranger_checks_the_whole_log_from_its_files(client: TestClient, served: Estate) -> None:
    policy = Policy.parse(client.get(f"{LOG}/policy.txt").text)
    checkpoint = verify_checkpoint(client.get(f"{LOG}/checkpoint").text, policy, check_note).checkpoint
    entries = bundle_reader(fetched(client), checkpoint.size, checkpoint.root)(0)
    assert list(entries) == served.opened.door.shelf.entries(0, 1000)
    assert node_reader(fetched(client), checkpoint.size, checkpoint.root)(0, 3) == act_of(entries[3]).act.leaf


def test_every_tile_of_the_size_is_served_for_ever(client: TestClient, served: Estate) -> None:
    for tile in tiles(served.opened.door.checkpoint()[0]):
        answer = client.get(f"{LOG}/{tile_path(*tile)}")
        assert (answer.status_code, len(answer.content)) == (200, 32 * tile[2])
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]


def test_checkpoint_and_policy_are_texts_kept_for_seconds(client: TestClient) -> None:
    for name in ("checkpoint", "policy.txt"):
        answer = client.get(f"{LOG}/{name}")
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
            "text/plain; charset=utf-8",
            "public, max-age=5",
        )


@pytest.mark.parametrize(("width", "status"), [(1, 200), (58, 200), (59, 200), (60, 404), (255, 404)])
@pytest.mark.parametrize("level", ["0", "entries"])
def test_a_partial_tile_is_served_up_to_the_size(client: TestClient, level: str, width: int, status: int) -> None:
    assert client.get(f"{LOG}/tile/{level}/000.p/{width}").status_code == status


def test_an_earlier_tile_is_the_beginning_of_a_later_one(client: TestClient) -> None:
    early, late = (client.get(f"{LOG}/tile/0/000.p/{width}").content for width in (40, 59))
    assert late.startswith(early)


def test_public_texts_are_served_by_leaf_as_a_mirror_holds_them(client: TestClient, served: Estate) -> None:
    for raw in served.opened.door.shelf.entries(0, 1000):
        act = act_of(raw).act
        answer = client.get(f"{LOG}/openings/{act.leaf.hex()}")
        public = {name for name, sealed in KINDS[act.kind].opens(act.body).items() if sealed.audience == "public"}
        if answer.status_code == 404:
            assert not public
            continue
        held: Any = unpack(answer.content)
        assert {Opening.parse(one).name for one in held} == public
        assert reveal(act.sealed, held, act.ledger, act.stream, act.prev).keys() == public


@pytest.mark.parametrize("path", [
    "", "Checkpoint", "checkpoint/", "checkpoint%0A", "policy", "policy.txt.bak", "tile", "tile/", "tile/0", "tile/0/", "tile/0/000",
    "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/-1", "tile/00/000.p/1",
    "tile/-1/000.p/1", "tile/1/000.p/1", "tile/63/000.p/1", "tile/64/000.p/1", "tile/0/x000/000.p/1", "tile/0/001.p/1",
    "tile/0/x001/000.p/1", "tile/0/" + "x999/" * 5 + "999.p/1", "tile/0/" + "x999/" * 9 + "999.p/1", "tile/entries/000",
    "tile/Entries/000.p/1",
    "tile/data/000.p/1", "tile/0/000.p/1/", "tile//0/000.p/1", "tile/0/000.p/1%00", "tile/0/%D9%A0%D9%A0%D9%A0.p/1",
    "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/ledger.json", "tile/0/../0/000.p/1%2f", "ledger.sqlite", "log.key", "openings",
    "openings/", "openings/" + "0" * 64, "openings/" + "A" * 64, "openings/" + "0" * 63, "openings/" + "0" * 65, "openings/..",
])  # fmt: skip
def test_any_other_path_is_no_file(client: TestClient, path: str) -> None:
    answer = client.get(f"{LOG}/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] in ("file-unknown", "address-unknown")


@pytest.mark.parametrize(
    "log", ["/log/440307-001/2", "/log/440307-001/01", "/log/440307-002/1", "/log/440307-001", "/log//1", "/log/../1"]
)
def test_another_origin_is_not_here(client: TestClient, log: str) -> None:
    assert client.get(f"{log}/checkpoint").status_code == 404
