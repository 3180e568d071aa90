"""`liuchi found`: everything is checked before anything is written; a founding stands whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.home import read_home
from tests.scripts.conftest import CODE, ORIGIN, WORD, Estate, founders, liuchi, printed

Listed = list[dict[str, Any]]
ALL = ("operator", "street-office", "supervisor", "parent")


def test_an_estate_is_founded_confirmed_and_can_act(bare: Estate) -> None:
    before = bare.files()
    found = bare.found(CODE)
    assert found.exit_code == 0, found.output
    assert bare.files() - before == {
        "data", f"data/{CODE}", "data-anchor", f"data-anchor/{CODE}.checkpoint", f"data-anchor/{CODE}.lock",
        *(f"data/{CODE}/{name}" for name in ("ledger.json", "log.key", "ledger.sqlite", "ledger.turn", "datakeys.sqlite")),
    }  # fmt: skip
    home = read_home(bare.data / CODE)
    assert (home.origin, home.kind) == (ORIGIN, "estate")
    assert str(home.vkey) in found.stdout
    for supervisor in (
        "工作人员 street (street-guojian)",
        "工作人员 bureau (bureau-longgang)",
        "工作人员 party (party-guojian)",
    ):
        assert supervisor in found.stdout
    assert [one["index"] for one in bare.acted("--pending")["pending"]] == [0]
    bare.acted("--confirm", 0, by="street")
    assert "该行为已生效" in bare.act("--confirm", 0, by="party").stdout
    assert bare.acted("--pending") == {"pending": []}


def test_a_founding_by_one_key_file_each_needs_no_rows_made_beforehand(bare: Estate) -> None:
    listed = founders(bare.path)
    for one, who in zip(listed[1:], ("street", "bureau", "party", "city"), strict=True):
        one |= {"key": f"{who}.key", "org": one.pop("row")["org"]}
    bare.write("founders.json", listed)
    document = json.loads(bare.found("--json").stdout)
    assert (document["index"], document["origin"], len(document["waits"]["who"])) == (0, ORIGIN, 3)


def test_a_check_says_that_it_can_be_founded_and_writes_nothing(bare: Estate) -> None:
    before = bare.files()
    assert json.loads(bare.found("--check", "--json").stdout) == {"checked": ORIGIN}
    assert bare.files() == before


def test_the_template_is_a_founders_file_once_its_files_are_there(bare: Estate) -> None:
    listed = json.loads(liuchi("found", "--template").stdout)
    for one, own in zip(listed, founders(bare.path), strict=True):
        assert one.keys() == own.keys()
        if "row" in one:
            bare.write(one["row"], own["row"])
    bare.write("founders.json", listed)
    assert bare.found("--check").exit_code == 0


def test_the_log_has_a_passphrase_of_its_own_where_one_is_given(bare: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_LOG_PASSPHRASE", "another")
    assert bare.found().exit_code == 0
    assert bare.act("--confirm", 0, by="street").exit_code == 0
    monkeypatch.delenv("LIUCHI_LOG_PASSPHRASE")
    refused = bare.act("--confirm", 0, by="bureau")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert (
        refused.stderr == f"{bare.data}/{CODE}/log.key: this passphrase does not open the key file, or the file was altered\n"
    )


def test_a_demo_ledger_is_one_by_its_name_and_takes_its_passphrase_from_its_folder(
    bare: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = f"demo.{ORIGIN}"
    bare.write("founders.json", founders(bare.path, origin))
    assert bare.found(origin=origin).exit_code == 0
    (bare.data / "demo.passphrase").write_text(WORD + "\n")
    monkeypatch.setenv("LIUCHI_LOG_PASSPHRASE", "of other ledgers")
    assert bare.acted("--confirm", 0, by="party")["index"] == 1
    assert bare.acted("--read", 0)["body"]["demo"] is True


# --- what is wrong is said before anything is written


def without(name: str) -> Callable[[Listed], Any]:
    return lambda listed: [{key: value for key, value in one.items() if key != name} for one in listed]


def changed(place: int, **fields: Any) -> Callable[[Listed], Any]:
    return lambda listed: [one | fields if number == place else one for number, one in enumerate(listed)]


def row_changed(place: int, **fields: Any) -> Callable[[Listed], Any]:
    return lambda listed: changed(place, row=listed[place]["row"] | fields)(listed)


@pytest.mark.parametrize(("change", "place", "expected"), [
    pytest.param(lambda _: "[", "line 1, column 2", "JSON (Expecting value)", id="no JSON"),
    pytest.param(lambda _: '[{"posts": [], "posts": []}]', "the whole", "each name once in a map; “posts” stands there again", id="twice"),
    pytest.param(lambda _: "[NaN]", "the whole", "JSON (no NaN)", id="no number"),
    pytest.param(lambda _: "[" * 100_000, "the whole", "JSON (", id="too deep"),
    pytest.param(lambda _: '["\\ud800"]', "the whole", "JSON (", id="half a character"),
    pytest.param(lambda _: {}, "the whole", "a list of founders; `liuchi found --template` prints one", id="no list"),
    pytest.param(lambda _: [1], "field [0]", "a map with posts, holder and row, or with posts, holder, key and org", id="no map"),
    pytest.param(without("holder"), "field [0]", "a map with posts, holder and row", id="no holder"),
    pytest.param(without("posts"), "field [0]", "a map with posts, holder and row", id="no posts"),
    pytest.param(changed(2, more=1), "field [2]", "a map with posts, holder and row", id="one name more"),
    pytest.param(changed(1, posts=["mayor"]), "field [1].posts[0]", "one of operator, supervisor", id="unknown post"),
    pytest.param(changed(1, holder={"id": "x", "name": ""}), "field [1].holder.name", "1 to 120 characters of text", id="nameless"),
    pytest.param(row_changed(1, public=5), "field [1].row.public", "1 to 512 bytes in lower-case hex", id="key is no text"),
    pytest.param(row_changed(3, person="00"), "field [3].row.person", "16 bytes", id="short person"),
    pytest.param(row_changed(3, org=None), "field [3].row.org", "an organisation, because a post is held for one", id="no organisation"),
    pytest.param(changed(0, org="Street"), "field [0].org", "an id: a-z, 0-9 and -, at most 64 characters", id="no id"),
    pytest.param(changed(0, key=7), "field [0].key", "the name of a file", id="no file name"),
    pytest.param(changed(0, key="gone.key"), None, "a file that can be read (No such file or directory)", id="no key file"),
    pytest.param(changed(0, key="founders.json"), None, "a key file as `liuchi keys new` writes it", id="no key"),
    pytest.param(changed(1, row="gone.json"), None, "a file that can be read (No such file or directory)", id="no row file"),
    pytest.param(changed(1, row="."), None, "a file that can be read (Is a directory)", id="a folder"),
    pytest.param(changed(4, posts=["supervisor"]), "field posts", "one parent authority", id="no parent"),
    pytest.param(changed(0, posts=["operator", "parent"]), "field posts", "one parent authority", id="two parents"),
    pytest.param(lambda listed: [changed(0, posts=list(ALL))(listed)[0]], "field keys", "a list of 3 to 20", id="too few keys"),
])  # fmt: skip
def test_a_wrong_founders_file_is_one_line_and_nothing_is_written(
    bare: Estate, change: Callable[[Listed], Any], place: str | None, expected: str
) -> None:
    bare.write("founders.json", change(json.loads((bare.path / "founders.json").read_text())))
    before = bare.files()
    found = bare.found()
    assert (found.exit_code, found.stdout, bare.files()) == (3, "", before)
    assert expected in found.stderr
    assert found.stderr.count("\n") == 1
    assert place is None or found.stderr.startswith(f"{bare.path}/founders.json, {place}: expected ")


@pytest.mark.parametrize(("change", "code"), [
    pytest.param(lambda listed: [*listed[:2], listed[3] | {"posts": []}, listed[4]], "founding-incomplete", id="one supervisor"),
    pytest.param(lambda listed: [*listed[:2], listed[4]], "founding-incomplete", id="nobody else supervises"),
    pytest.param(row_changed(1, public="00"), "possession-unproved", id="no key at all"),
    pytest.param(changed(1, posts=["supervisor"]), "founding-incomplete", id="no street office"),
    pytest.param(row_changed(3, org="enterprise-wanjia"), "post-barred", id="the enterprise supervises"),
    pytest.param(row_changed(3, org="friends"), "organisation-unknown", id="nobody knows them"),
    pytest.param(row_changed(3, person="00" * 16), "possession-unproved", id="another's proof"),
    pytest.param(lambda listed: [*listed, listed[3]], "key-known", id="a key twice"),
])  # fmt: skip
def test_a_founding_that_the_rules_refuse_is_refused_before_anything_is_written(
    bare: Estate, change: Callable[[Listed], Any], code: str
) -> None:
    bare.write("founders.json", change(json.loads((bare.path / "founders.json").read_text())))
    before = bare.files()
    found = bare.found("--json")
    said = json.loads(found.stdout)
    assert (found.exit_code, found.stderr, said["code"], bare.files()) == (1, "", code, before)
    assert said["detail"].keys() == said["remedy"].keys() == {"zh", "en"}


def test_rows_proved_for_another_ledger_found_nothing(bare: Estate) -> None:
    bare.write("founders.json", founders(bare.path, "ledger.example.org/log/440307-001/2"))
    found = bare.found()
    assert (found.exit_code, bare.data.exists()) == (1, False)
    assert found.stderr.startswith("✗ R-SIG-5 · possession-unproved\n  未证明持有密钥")


@pytest.mark.parametrize(("options", "words", "option", "expected"), [
    ({"origin": "https://ledger.example.org/log/440307-001/1"}, (), "--origin", "<domain>/log/<code>/<generation>"),
    ({"origin": "ledger.example.org/log/440307-001/0"}, (), "--origin", "<domain>/log/<code>/<generation>"),
    ({}, ("440307-002",), "CODE", "the origin's own code, 440307-001"),
    ({"kind": "city"}, (), "--kind", "one of estate, authority"),
    ({"name-zh": ""}, (), "--name-zh, --name-en", "1 to 120 characters"),
    ({"name-en": "x" * 121}, (), "--name-zh, --name-en", "1 to 120 characters"),
    ({"data": "/"}, (), "--data", "a folder below the root of the file system"),
    ({"key": "street"}, (), "--key", "the key of a founder with the post operator"),
    ({"data": "founders.json"}, (), "--data", "a folder, not "),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(
    bare: Estate, options: dict[str, str], words: tuple[str, ...], option: str, expected: str
) -> None:
    given: dict[str, object] = dict(options)
    if options.get("key") == "street":
        given["key"] = bare.key("street")
    if options.get("data") == "founders.json":
        given["data"] = bare.path / "founders.json"
    before = bare.files()
    found = bare.found(*words, **given)
    said = " ".join(found.stderr.split())
    assert (found.exit_code, found.stdout, bare.files()) == (2, "", before)
    assert f"Invalid value for {option}: expected {expected}" in said


def test_a_ledger_is_founded_once(bare: Estate) -> None:
    assert bare.found().exit_code == 0
    before = (bare.files(), (bare.data / CODE / "ledger.json").read_bytes())
    again = bare.found()
    assert (again.exit_code, (bare.files(), (bare.data / CODE / "ledger.json").read_bytes())) == (2, before)
    assert "exists already" in " ".join(again.stderr.split())


def test_where_a_ledger_once_wrote_none_is_founded_under_its_code(bare: Estate) -> None:
    outside = bare.path / "data-anchor"
    outside.mkdir()
    (outside / f"{CODE}.checkpoint").write_text(f"7 {'0' * 64}\n")
    found = bare.found()
    assert (found.exit_code, bare.data.exists()) == (2, False)
    assert "such a ledger wrote here" in " ".join(found.stderr.split())


def test_when_the_outside_record_cannot_be_made_nothing_stays(bare: Estate) -> None:
    (bare.path / "data-anchor").write_text("a file stands where the folder should")
    before = bare.files()
    found = bare.found()
    assert (found.exit_code, found.stdout, bare.files()) == (4, "", before)
    assert found.stderr.startswith(f"{bare.data}: the ledger cannot be made: ")


def test_beside_a_ledger_another_is_founded_and_its_failure_leaves_the_first(estate: Estate) -> None:
    other = "ledger.example.org/log/440307-002/1"
    estate.write("founders.json", founders(estate.path, other))
    before = estate.files()
    (estate.data / "440307-002").write_text("in the way")
    assert estate.found(origin=other).exit_code == 2
    (estate.data / "440307-002").unlink()
    assert estate.files() == before
    assert estate.found(origin=other).exit_code == 0
    assert [path.name for path in sorted(Path(estate.data).iterdir())] == [CODE, "440307-002"]
    assert printed("act", "--pending", "--data", estate.data, "--ledger", CODE) == {"pending": []}


def test_a_wrong_passphrase_founds_nothing(bare: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", "wrong")
    found = bare.found()
    assert (found.exit_code, bare.data.exists()) == (2, False)
    assert found.stderr == f"{bare.key('operator')}: this passphrase does not open the key file, or the file was altered\n"
