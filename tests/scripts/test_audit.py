"""`liuchi audit`: what it says to people and programs, where it reads from, and what it never calls verified."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts import sources
from scripts.audit import audit, document, fault_words, words
from scripts.level1 import level1
from scripts.sources import Folder, Unreachable, source
from scripts.stories import estate
from tests.foreign.broken_files import COSIGNED, WITNESS, WITNESS_KEY
from tests.foreign.broken_rules import acts, but, speaks, step, then
from tests.foreign.forging import Copy, opened, retold, with_signature
from tests.foreign.tamper import openings_file, write_files
from tests.foreign.trial import ORIGIN, VKEY, Log, announce, certify, true_log
from tests.scripts.conftest import liuchi
from tlog.checkpoint import Checkpoint, cosign
from tlog.codec import pack
from tlog.merkle import EMPTY, leaf_hash, root
from tlog.note import add
from tlog.opening import Opening

SALT = b"salt of a tester"
Serve = Callable[..., str]


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return true_log(tmp_path_factory.mktemp("trial"))


@pytest.fixture
def mirror(log: Log, tmp_path: Path) -> Path:
    return write_files(log.files, tmp_path / "mirror")


@pytest.fixture
def everything(log: Log, tmp_path: Path) -> Path:
    path = tmp_path / "all.openings"
    path.write_bytes(openings_file(log.sealed))
    return path


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves files below a path of their own; `status` answers everything so, `promise` claims more bytes than come."""
    servers: list[ThreadingHTTPServer] = []

    def start(files: Mapping[str, bytes], status: int = 200, promise: int = 0) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                raw = files.get(self.path.removeprefix("/log/"))
                self.send_response(404 if raw is None else status)
                self.send_header("Content-Length", str(len(raw or b"") + promise))
                self.end_headers()
                self.wfile.write(raw or b"")

            def log_message(self, *_: Any) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/log/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def printed(*command: object, code: int = 0) -> dict[str, Any]:
    """The JSON that the command prints, and nothing on stderr."""
    found = liuchi("audit", *command, "--json")
    assert (found.exit_code, found.stderr) == (code, "")
    said: dict[str, Any] = json.loads(found.stdout)
    return said


def refused(*command: object) -> str:
    """The one line of a command that finds its input unreadable."""
    found = liuchi("audit", *command)
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr.count("\n") == 1
    return found.stderr


# --- the report


def test_a_whole_log_with_every_opening_is_ok_and_its_result_recounted(log: Log, mirror: Path, everything: Path) -> None:
    said = printed(mirror, "--openings", everything)
    assert list(said) == ["verdict", "level", "first_bad", "why", "anchored", "witnesses", "origin", "size", "root", "counts",
                          "checks", "broken", "unopened", "erased", "flags", "due", "pending", "results"]  # fmt: skip
    assert (said["verdict"], said["level"], said["first_bad"], said["why"]) == ("ok", 2, None, None)
    assert (said["anchored"], said["witnesses"], said["origin"], said["size"]) == (False, [], ORIGIN, log.size)
    assert said["root"] == log.play.door.fold.head.root.hex()
    assert said["counts"] == {"held": log.size}
    assert {"kind": "ballot-cast/1", "word": "held", "entries": 240} in said["checks"]
    assert (said["broken"], said["unopened"], said["due"], said["pending"]) == ([], [], [], [])
    assert [(one["poll"], one["index"], one["word"], one["law"]) for one in said["results"]] == [
        ("p", log.marks["certified"], "recounted", "civil_code_2021")]  # fmt: skip
    assert said["results"][0]["items"]["use"]["passed"] is True


def test_without_openings_sealed_acts_are_unopened_and_the_result_only_attested(log: Log, mirror: Path) -> None:
    said = printed(mirror)
    assert (said["verdict"], said["counts"]["held"] + said["counts"]["unopened"]) == ("unopened", log.size)
    pages = [one for one in said["unopened"] if one["kind"] == "roll-page/1"]
    assert [(one["index"], one["openings"]) for one in pages] == [(log.marks["paged"], 61)]
    assert {one["word"] for one in said["results"]} == {"attested"}


def test_a_roll_pack_and_an_openings_file_together_open_what_both_hold(log: Log, mirror: Path, tmp_path: Path) -> None:
    roll = {log.acts[log.marks["paged"]].leaf}
    packs = {name: {leaf: raws for leaf, raws in log.sealed.items() if (leaf in roll) == own}
             for name, own in (("roll", True), ("rest", False))}  # fmt: skip
    for name, sealed in packs.items():
        (tmp_path / name).write_bytes(openings_file(sealed))
    assert printed(mirror, "--roll", tmp_path / "roll")["verdict"] == "unopened"
    assert printed(mirror, "--roll", tmp_path / "roll", "--openings", tmp_path / "rest")["verdict"] == "ok"


def test_a_flag_is_shown_with_its_rule_its_days_and_its_answer(log: Log, mirror: Path) -> None:
    (flag,) = printed(mirror)["flags"]
    assert (flag["matter"], flag["index"], flag["rule"], flag["code"], flag["answered"]) == (
        "p", log.marks["posted late"], "R-MEET-2", "posted-late", log.marks["opened"])  # fmt: skip
    assert "9 days" in flag["en"]
    assert "15" in flag["zh"]


def test_a_broken_rule_is_told_with_entry_code_sentence_and_remedy(log: Log, tmp_path: Path) -> None:
    copy = retold(log, "closed", step(lambda _: estate.close("2026-09-10 20:30", "p")))
    mirror = write_files(copy.files, tmp_path / "bad")
    said = printed(mirror, code=1)
    assert (said["verdict"], said["level"], said["first_bad"]) == ("bad", 2, log.marks["closed"])
    broken = said["broken"][0]
    assert (broken["kind"], broken["code"], broken["rule"]) == ("poll-closed/1", "poll-still-open", "R-BAL-8")
    assert all(broken[lang] and broken["remedy"][lang] for lang in ("zh", "en"))
    shown = liuchi("audit", mirror).stdout
    assert f"✗ 第{log.marks['closed']}条 poll-closed/1 · R-BAL-8 poll-still-open" in shown
    assert broken["en"] in shown


def test_level_1_ends_at_the_first_bad_entry_and_says_why(log: Log, tmp_path: Path) -> None:
    copy = Copy(log)
    copy.flip("tile/entries/000", 40)
    mirror = write_files(copy.files, tmp_path / "bad")
    said = printed(mirror, code=1)
    assert (said["verdict"], said["level"], said["first_bad"], said["checks"]) == ("bad", 1, 0, [])
    assert said["why"]
    assert "results" not in said
    shown = liuchi("audit", mirror).stdout.splitlines()
    assert shown[0].startswith("✗ 这份副本与它的签名不符。")
    assert shown[1].startswith("这份副本到第")
    assert "✗ 第0条 entry 0：这一条的内容或签名被改动过。the entry is not the one in its tile" in shown


def test_a_folder_that_is_no_mirror_is_bad_as_a_whole_for_whoever_asks_for_a_verdict(tmp_path: Path) -> None:
    said = document(audit(Folder(tmp_path), None, {}))
    assert (said["verdict"], said["first_bad"], said["origin"], said["size"], said["root"]) == ("bad", None, None, None, None)


@pytest.mark.parametrize("gone", ["checkpoint", "policy.txt"])
def test_the_command_does_not_accuse_a_log_when_it_was_shown_no_mirror(mirror: Path, tmp_path: Path, gone: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(mirror, copy)
    (copy / gone).unlink()
    found = liuchi("audit", copy)
    assert found.exit_code == 3
    assert found.stderr.startswith("无法核对：这里不是台账镜像（缺 checkpoint 或 policy.txt）。")


def test_the_command_does_not_accuse_a_log_when_it_was_handed_no_policy(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk, bread")
    found = liuchi("audit", mirror, "--policy", tmp_path / "notes.txt")
    assert found.exit_code == 3
    assert "notes.txt 不是公钥文件（policy）。" in found.stderr


def test_a_policy_of_ones_own_serves_a_mirror_that_has_none(mirror: Path, tmp_path: Path) -> None:
    copy, own = tmp_path / "copy", tmp_path / "own.txt"
    shutil.copytree(mirror, copy)
    own.write_bytes((copy / "policy.txt").read_bytes())
    (copy / "policy.txt").unlink()
    found = liuchi("audit", copy, "--policy", own)
    assert (found.exit_code, "公钥文件由您提供" in found.stdout) == (0, True)


@pytest.mark.parametrize(("why", "said"), [
    ("the signature does not verify under its key", "改动"),
    ("bundle: cut short", "缺失"),
    ("note: signed by no trusted key", "没有被公钥文件"),
    ("checkpoint: not signed by a log key of x", "没有被公钥文件"),
    ("policy: names no quorum", "公钥文件缺失"),
    ("openings/00 belongs to no entry", "开示内容"),
    ("prev is not the last entry of its stream", "接不上"),
    ("no earlier entry carries its key", "没有登记"),
    ("tile/1/000 is not the tile that the entries give", "树根不符"),
    ("the entries do not lead to the checkpoint's root", "树根不符"),
    ("msgpack: not the canonical spelling", "不合规范"),
])  # fmt: skip
def test_a_reason_of_level_1_has_a_chinese_sentence(why: str, said: str) -> None:
    assert said in fault_words(why)


@pytest.mark.parametrize(
    ("given", "headline", "basis"),
    [
        ("nothing", "✓ 公开部分重新核对无误", "attested, not recounted"),
        ("all", "✓ 全部条目重新核对无误", "重新清点一致 recounted"),
    ],
)
def test_the_words_never_say_more_than_was_checked(
    mirror: Path, everything: Path, given: str, headline: str, basis: str
) -> None:
    found = liuchi("audit", mirror, *(["--openings", everything] if given == "all" else []))
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert lines[0].startswith(headline)
    assert "；另有 1 项程序提示（1 项已说明），见下。" in lines[0]
    assert lines[1].startswith("这份副本到第")
    assert lines[2].endswith("根 root " + (mirror / "checkpoint").read_text().splitlines()[2])
    assert "没有另外的人担保这把公钥" in lines[3]
    assert "not witnessed" in lines[3]
    assert "anchored" not in found.stdout
    assert [basis in line for line in lines if line.startswith("表决 p")] == [True]
    assert ("○ 未开示 unopened" in found.stdout) == (given == "nothing")
    assert [line.endswith("[已于第32条说明 answered]") for line in lines if line.startswith("⚑")] == [True]


def test_a_vote_past_its_closing_time_without_a_result_is_listed_and_a_certified_one_is_not(mirror: Path) -> None:
    shown = liuchi("audit", mirror).stdout
    assert "… 表决 q：已到截止时间（2026-09-17 20:00），尚未核定结果" in shown
    assert "… 表决 p：" not in shown


# --- what waits, what is due


def revoked(at: str) -> Callable[[Any], None]:
    """A lawful act, so that the log goes on until then."""
    return acts(at, "owner-07", "key-revoked/1",
                lambda play: {"key": play.people["owner-07"].key.id, "own": True, "reason": "lost", "since": 0})  # fmt: skip


UNCONFIRMED = step(lambda _: but(estate.close("2026-09-17 20:30", "p"), confirm=()))
DECLINED = speaks("bureau", "declined/1", "p-closing", reason="not-as-agreed")
CERTIFIED = step(certify)


@pytest.mark.parametrize(
    ("scene", "tell", "member", "expected", "shown"),
    [
        (
            "closed",
            UNCONFIRMED,
            "pending",
            {"kind": "poll-closed/1", "expired": False},
            "… 待复核 waits：第275条 poll-closed/1",
        ),
        (
            "closed",
            then(UNCONFIRMED, revoked("2026-10-17 20:30")),
            "pending",
            {"expired": False},
            "waits：第275条 poll-closed/1",
        ),
        (
            "closed",
            then(UNCONFIRMED, revoked("2026-10-17 20:31")),
            "pending",
            {"expired": True},
            "poll-closed/1 已失效 expired",
        ),
        (
            "certified",
            CERTIFIED,
            "due",
            {"matter": "p", "rule": "R-MEET-5", "overdue": False},
            "… 待办 due：p R-MEET-5 2026-09-",
        ),
        ("certified", then(CERTIFIED, revoked("2026-10-17 20:31")), "due", {"overdue": True}, "已逾期 OVERDUE"),
        ("opened", lambda _play: None, "flags", {"answered": None}, "[尚未说明 unanswered]"),
    ],
)
def test_what_waits_is_due_or_unanswered_is_said(
    log: Log, tmp_path: Path, scene: str, tell: Callable[[Any], None], member: str, expected: Mapping[str, Any], shown: str
) -> None:
    report = audit(Folder(write_files(retold(log, scene, tell).files, tmp_path / "m")), None, {})
    (said,) = document(report)[member]
    assert report.verdict == "unopened"
    assert {name: said[name] for name in expected} == expected
    assert shown in words(report)
    assert ("expired" in words(report)) == expected.get("expired", False)
    assert ("OVERDUE" in words(report)) == expected.get("overdue", False)


@pytest.mark.parametrize(("scene", "tell", "member"), [("closed", then(UNCONFIRMED, DECLINED), "pending"),
                                                       ("certified", then(CERTIFIED, announce), "due")])  # fmt: skip
def test_what_was_declined_or_done_waits_no_more(
    log: Log, tmp_path: Path, scene: str, tell: Callable[[Any], None], member: str
) -> None:
    report = audit(Folder(write_files(retold(log, scene, tell).files, tmp_path / "m")), None, {})
    assert (report.verdict, document(report)[member]) == ("unopened", [])


# --- whom to believe


def test_a_policy_of_ones_own_anchors_the_audit_and_names_the_witnesses(log: Log, mirror: Path, tmp_path: Path) -> None:
    note = log.files["checkpoint"]
    checkpoint = Checkpoint.parse(note.partition(b"\n\n")[0] + b"\n")
    (mirror / "checkpoint").write_bytes(add(note, cosign(checkpoint, COSIGNED, WITNESS_KEY.sign_note, WITNESS)).encode())
    policy = tmp_path / "mine.txt"
    policy.write_text(f"log {VKEY}\nwitness 街道 {WITNESS}\nquorum 街道\n", "utf-8")
    (mirror / "policy.txt").unlink()
    said = printed(mirror, "--policy", policy)
    assert (said["anchored"], said["witnesses"], said["verdict"]) == (True, [["街道", COSIGNED]], "unopened")
    assert "公钥文件由您提供 the policy is yours；联署方 witnesses：街道" in liuchi("audit", mirror, "--policy", policy).stdout


def test_a_policy_whose_quorum_did_not_speak_refuses_the_log(mirror: Path, tmp_path: Path) -> None:
    policy = tmp_path / "mine.txt"
    policy.write_text(f"log {VKEY}\nwitness w {WITNESS}\nquorum w\n", "utf-8")
    assert printed(mirror, "--policy", policy, code=1)["why"] == "checkpoint: not cosigned by the policy's quorum"


# --- openings that are no evidence


def first(log: Log, scene: str) -> bytes:
    return log.acts[log.marks[scene]].leaf


def noticed(log: Log, openings: Any) -> bytes:
    """A file with these openings for the notice."""
    return pack({first(log, "noticed").hex(): openings})


BAD_OPENINGS: Mapping[str, tuple[Callable[[Log], bytes], str]] = {
    "no MessagePack": (lambda _: b"\xc1", "msgpack"),
    "another spelling": (lambda _: b"\xde\x00\x00", "canonical"),
    "an array": (lambda _: pack(()), "a map from leaves"),
    "a leaf that is not of this log": (lambda _: pack({"00" * 32: ()}), "is no leaf of this log"),
    "a leaf in capitals": (lambda log: pack({first(log, "founded").hex().upper(): ()}), "is no leaf of this log"),
    "a leaf cut short": (lambda log: pack({first(log, "founded").hex()[:-2]: ()}), "is no leaf of this log"),
    "one opening without its array": (lambda log: noticed(log, log.sealed[first(log, "noticed")][0]), "an array of openings"),
    "a text for an opening": (lambda log: noticed(log, ("title",)), "an array of openings"),
    "an opening twice": (lambda log: noticed(log, log.sealed[first(log, "noticed")][:1] * 2), "each once"),
    "another entry's opening": (lambda log: noticed(log, log.sealed[first(log, "opened")]), "opens no digest"),
    "an opening of an act without any": (lambda log: pack({first(log, "voted").hex(): log.sealed[first(log, "opened")]}),
                                         "opens no digest"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_OPENINGS)
@pytest.mark.parametrize("option", ["--roll", "--openings"])
def test_a_file_that_opens_nothing_of_this_log_is_refused_in_one_line(
    log: Log, mirror: Path, tmp_path: Path, name: str, option: str
) -> None:
    make, why = BAD_OPENINGS[name]
    (tmp_path / "x.pack").write_bytes(make(log))
    line = refused(mirror, option, tmp_path / "x.pack")
    assert line.startswith(f"{tmp_path / 'x.pack'}: ")
    assert why in line


TWO_TITLES = Opening(SALT, "title", "关于电梯"), Opening(SALT, "title", "关于绿化")


def two_titles(log: Log) -> Copy:
    """A notice that seals its title two ways and its question not at all."""
    notice = estate.notice("2026-09-20 09:00", "z", "r", {"use": ("use-maintenance-fund", "")}, "2026-10-20 09:00",
                           "2026-11-20 20:00", "", "rules-12")  # fmt: skip
    copy = retold(
        log,
        "announced",
        then(announce, acts("2026-09-20 09:00", "street", "poll-noticed/1", next(iter(notice)).body, *TWO_TITLES)),
    )
    del copy.files[opened(leaf_hash(copy.entries[-1]))]
    return copy


def test_a_file_with_one_name_opened_twice_is_refused(log: Log, tmp_path: Path) -> None:
    copy = two_titles(log)
    mirror = write_files(copy.files, tmp_path / "m")
    (tmp_path / "x").write_bytes(pack({leaf_hash(copy.entries[-1]).hex(): [one.raw() for one in TWO_TITLES]}))
    assert "title is opened twice" in refused(mirror, "--openings", tmp_path / "x")


def test_two_files_that_open_one_name_two_ways_break_the_entry(log: Log, tmp_path: Path) -> None:
    copy = two_titles(log)
    handed = {one.value: pack({leaf_hash(copy.entries[-1]).hex(): [one.raw()]}) for one in TWO_TITLES}
    mirror = Folder(write_files(copy.files, tmp_path / "m"))
    for name, pack_ in handed.items():
        assert audit(mirror, None, {str(name): pack_}).verdict == "unopened"
    said = document(audit(mirror, None, {str(name): pack_ for name, pack_ in handed.items()}))
    assert (said["verdict"], said["first_bad"], said["broken"][0]["code"]) == ("bad", log.size, "sealed-not-opened")


@pytest.mark.parametrize("option", ["--roll", "--openings", "--policy"])
@pytest.mark.parametrize("what", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(mirror: Path, tmp_path: Path, option: str, what: str) -> None:
    path = tmp_path / "nothing" if what == "missing" else tmp_path
    assert refused(mirror, option, path).startswith(f"{path}: ")


# --- where a mirror is read from


def zipped(files: Mapping[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.mkdir("openings")
        for name, raw in files.items():
            bundle.writestr(name, raw)
    return path


def test_folder_zip_and_address_give_one_report(log: Log, mirror: Path, everything: Path, tmp_path: Path, serve: Serve) -> None:
    places = mirror, zipped(log.files, tmp_path / "m.zip"), serve(log.files)
    reports = [printed(place, "--openings", everything) for place in places]
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("scheme", ["folder", "zip", "address"])
def test_a_forged_opening_is_found_wherever_it_is_read_from(log: Log, tmp_path: Path, serve: Serve, scheme: str) -> None:
    copy = Copy(log)
    copy.flip(opened(first(log, "noticed")), -1)
    places = {"folder": write_files(copy.files, tmp_path / "m"), "zip": zipped(copy.files, tmp_path / "m.zip"),
              "address": serve(copy.files)}  # fmt: skip
    assert printed(places[scheme], code=1)["first_bad"] == log.marks["noticed"]


@pytest.mark.parametrize("scheme", ["folder", "zip", "address"])
def test_a_copy_without_a_checkpoint_is_no_mirror_wherever_it_lies(log: Log, tmp_path: Path, serve: Serve, scheme: str) -> None:
    files = {path: raw for path, raw in log.files.items() if path != "checkpoint"}
    places = {"folder": write_files(files, tmp_path / "m"), "zip": zipped(files, tmp_path / "m.zip"), "address": serve(files)}
    assert "无法核对" in refused(places[scheme])


def test_a_mirror_without_openings_is_a_mirror(log: Log, tmp_path: Path) -> None:
    files = {path: raw for path, raw in log.files.items() if not path.startswith("openings/")}
    assert printed(write_files(files, tmp_path / "m"))["verdict"] == "unopened"


def test_as_many_threads_as_you_like_give_the_same_report(log: Log, mirror: Path, tmp_path: Path) -> None:
    assert printed(mirror, "--jobs", 1) == printed(mirror, "--jobs", 2)
    copy = Copy(log)
    for index in (270, 100, 50):
        copy.put_both(index, with_signature(copy.entries[index], bytes(64)))
    bad = write_files(copy.files, tmp_path / "bad")
    assert printed(bad, "--jobs", 1, code=1) == printed(bad, "--jobs", 3, code=1)
    assert printed(bad, code=1)["first_bad"] == 50


def test_no_threads_are_no_audit(mirror: Path) -> None:
    assert liuchi("audit", mirror, "--jobs", 0).exit_code == 2


@pytest.mark.parametrize("where", ["nowhere", "x" * 5000, "no\0where"])
def test_a_mirror_that_is_not_there_is_no_verdict(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no such folder, zip file or http(s) address" in refused(where)


def test_a_pipe_is_no_file_of_a_mirror_and_is_not_waited_for(mirror: Path, tmp_path: Path) -> None:
    (mirror / "checkpoint").unlink()
    os.mkfifo(mirror / "checkpoint")
    assert "no checkpoint" in refused(mirror)
    os.mkfifo(tmp_path / "pipe")
    assert "no such folder" in refused(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["checkpoint", "policy.txt", "tile/0/000"])
def test_a_file_that_leads_round_in_a_circle_is_missing(mirror: Path, name: str) -> None:
    (mirror / name).unlink()
    (mirror / name).symlink_to(mirror / name)
    assert document(audit(Folder(mirror), None, {}))["verdict"] == "bad"


@pytest.mark.parametrize("what", ["file", "circle"])
def test_openings_that_are_no_folder_are_none(mirror: Path, what: str) -> None:
    for path in (mirror / "openings").iterdir():
        path.unlink()
    (mirror / "openings").rmdir()
    (mirror / "openings").write_bytes(b"") if what == "file" else (mirror / "openings").symlink_to(mirror / "openings")
    assert printed(mirror)["verdict"] == "unopened"


def test_a_disk_that_fails_is_no_verdict(mirror: Path) -> None:
    (mirror / "checkpoint").unlink()
    (mirror / "checkpoint").symlink_to("/proc/self/mem")  # reading its beginning is an input/output error
    assert "checkpoint: Input/output error" in refused(mirror)


def test_a_folder_that_cannot_be_listed_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="File name too long"):
        Folder(tmp_path).names("x" * 5000)


# --- zips


def test_a_zip_that_is_none_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(b"PK\x03\x04 and no more")
    assert "not a readable zip file" in refused(tmp_path / "m.zip")


def test_a_zip_whose_bytes_are_spoilt_is_no_verdict(log: Log, tmp_path: Path) -> None:
    path = zipped(log.files, tmp_path / "m.zip")
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as bundle:
        start = bundle.getinfo("tile/entries/000").header_offset
    raw[start + 200 : start + 260] = bytes(60)
    path.write_bytes(bytes(raw))
    assert "tile/entries/000 cannot be read" in refused(path)


def test_a_zip_that_would_fill_the_memory_is_not_unpacked(log: Log, tmp_path: Path) -> None:
    path = zipped({**log.files, "checkpoint": bytes(sources.MAX_FILE + 1)}, tmp_path / "m.zip")
    assert path.stat().st_size < sources.MAX_FILE / 100
    assert "checkpoint is larger than any file of a mirror" in refused(path)


# --- addresses


@pytest.mark.parametrize(("status", "code"), [(200, 1), (404, 3), (410, 3), (403, 3), (500, 3), (503, 3)])
def test_only_what_is_not_there_counts_as_missing(serve: Serve, status: int, code: int) -> None:
    found = liuchi("audit", serve({"policy.txt": b"", "checkpoint": b""}, status))
    assert found.exit_code == code
    assert (f"the server answered {status}" in found.stderr) == (status in (403, 500, 503))
    assert ("无法核对" in found.stderr) == (status in (404, 410))


def test_an_answer_that_breaks_off_is_no_verdict(log: Log, serve: Serve) -> None:
    size = len(log.files["policy.txt"])
    assert f"the answer broke off after {size} of {size + 7} bytes" in refused(serve(log.files, promise=7))


def test_an_answer_without_end_is_not_read_to_its_end(log: Log, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILE", 100)
    assert "policy.txt is larger than any file of a mirror" in refused(serve({"policy.txt": bytes(101)}))


def test_a_server_that_is_not_there_is_no_verdict() -> None:
    assert "policy.txt: " in refused("http://127.0.0.1:1/log")


@pytest.mark.parametrize("address", ["http://", "http://[/", "https:// /"])
def test_an_address_that_is_none_is_no_verdict(address: str) -> None:
    assert "policy.txt: " in refused(address)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/"])
def test_other_schemes_are_not_followed(address: str) -> None:
    with pytest.raises(Unreachable, match="no such folder"):
        source(address)


# --- progress, and roots of earlier trees


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_told_to_a_terminal_only(log: Log, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts.audit import _progress

    for screen, shown in ((Terminal(), f"\r  0/{log.size}\r  256/{log.size}"), (io.StringIO(), "")):
        monkeypatch.setattr(sys, "stderr", screen)
        audit(Folder(mirror), None, {}, tell=_progress)
        assert screen.getvalue() == shown


def test_roots_are_known_up_to_the_last_entry_read(log: Log, mirror: Path) -> None:
    found = level1(Folder(mirror), (mirror / "policy.txt").read_bytes())
    leaves = [act.leaf for act in log.acts]
    assert all(found.root_at(size) == root(leaves[:size]) for size in (1, 255, 256, 257, log.size))
    assert (found.root_at(0), found.root_at(log.size + 1), found.root_at(-1)) == (EMPTY, None, None)
