"""The fate of a ballot: counted only where it is counted, and never told so where nobody can say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.state import act_of
from projections.ballots import Fate, fate_of
from projections.ledgers import view
from scripts.stories import estate
from scripts.stories.player import Step
from tests.api.conftest import CODE, ITEMS, UNITS, Estate

YES, NO = {"use": "agree", "raise": "agree"}, {"use": "against", "raise": "against"}
PAGE = {
    "beside nothing": [], "beside paper that says the same": [YES], "beside paper that differs": [NO],
    "beside paper that differs on one item": [{"use": "agree", "raise": "against"}],
    "beside a form on which the keyings differ": [YES, NO], "beside a form that was keyed once": [YES, None],
}  # fmt: skip


def vote(one: Estate, keyed: list[dict[str, str] | None], *, sealed: bool = False) -> Iterator[Step]:
    """One head votes by phone and, as given, on paper; the result is certified."""
    play, unit = one.play, UNITS[0].unit
    ballot = estate.sealed_ballot if sealed else estate.ballot
    yield from estate.notice("2026-10-21 10:00", "paper", "r", ITEMS, "2026-11-07 09:00", "2026-11-20 20:00", "纸质表决",
                             None if sealed else "rules-12", ("electronic", "paper"))  # fmt: skip
    yield from estate.posted("2026-10-21 11:00", "paper", 1, "east-gate", "2026-10-21", "2026-11-20")
    yield from estate.open_poll("2026-11-07 09:00", "paper")
    yield ballot(play, "2026-11-08 09:00", "paper", unit, "head-01", YES)
    if keyed and keyed[0]:
        yield estate.paper_page("2026-11-08 10:00", "paper", "page-1", [(unit, keyed[0])])
    if second := (keyed * 2)[1] if keyed else None:
        yield estate.keyed("2026-11-08 11:00", "paper", "page-1", [(unit, second)])
    yield from estate.close("2026-11-20 20:30", "paper")
    yield from estate.certify("2026-11-21 10:00", "paper", one.opened.door.opening)


def fate(one: Estate) -> tuple[int, Fate | None]:
    seen = view(one.opened)
    index = seen.state["ballot", ("paper", one.play.tag(UNITS[0].unit))].index
    return index, fate_of(seen, act_of(one.opened.door.shelf.entries(index, 1)[0]).act)


@pytest.mark.parametrize(("beside", "said"), [
    ("beside nothing", Fate("counted")), ("beside paper that says the same", Fate("counted")),
    ("beside paper that differs", Fate("conflicted")),
    ("beside paper that differs on one item", Fate("partly", items=(("raise", "conflicted"), ("use", "counted")))),
    ("beside a form on which the keyings differ", Fate("unclear")), ("beside a form that was keyed once", Fate("unopened")),
])  # fmt: skip
def test_a_ballot_is_called_counted_only_where_it_counts_r_bal_5(fresh: Estate, beside: str, said: Fate) -> None:
    list(fresh.play.play(vote(fresh, PAGE[beside])))
    index, found = fate(fresh)
    assert found == said
    for lang, word in (("", "未计入"), ("?lang=en", "Not counted")):
        text = fresh.client.get(f"/c/{CODE}/entries/{index}{lang}").text
        assert (word in text) is (said != Fate("counted"))


@pytest.mark.parametrize("beside", ["beside nothing", "beside paper that differs"])
def test_whether_a_sealed_ballot_counted_only_its_own_rows_say_r_priv_1(fresh: Estate, beside: str) -> None:
    list(fresh.play.play(vote(fresh, PAGE[beside], sealed=True)))
    index, found = fate(fresh)
    assert found == Fate("sealed")
    text = fresh.client.get(f"/c/{CODE}/entries/{index}").text
    assert "看您的计票明细" in text
    assert f'href="/c/{CODE}/polls/paper/own"' in text


def test_the_opening_of_a_ballot_is_no_ballot_that_was_replaced(fresh: Estate) -> None:
    list(fresh.play.play(vote(fresh, [], sealed=True)))
    index, _ = fate(fresh)
    act = act_of(fresh.opened.door.shelf.entries(index, 1)[0]).act
    opening = type(act)(bytes(32), "ballot-opened/1", *(getattr(act, name) for name in act.__slots__[2:]))
    assert fate_of(view(fresh.opened), opening) is None


def test_a_ballot_of_a_forged_key_says_so_r_sig_5(fresh: Estate) -> None:
    steps = list(vote(fresh, []))
    list(fresh.play.play(steps[:4]))
    key = fresh.play.people["head-01"].key.id
    body = {"key": key, "own": False, "reason": "admitted-in-error", "since": fresh.play.clock.at}
    list(fresh.play.play([Step("2026-11-09 09:00", "bureau", "key-revoked/1", body, confirm=("party",))]))
    index, found = fate(fresh)
    assert found == Fate("forged")
    assert "不是业主本人登记的" in fresh.client.get(f"/c/{CODE}/entries/{index}").text
