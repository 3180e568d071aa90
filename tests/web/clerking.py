"""A small estate whose clerk, counter, witness and supervisor work in browsers, each with a passkey that was admitted through the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from domain.state import act_of
from scripts.stories import estate
from scripts.stories.player import Step
from tests.api.conftest import CODE, ITEMS, ORIGIN
from tests.web.voting import MAKE_KEY, Voting, with_authenticator

PAPER: Final = "paper-2027"
OPEN: Final = "open-2027"
ORGS: Final = {"clerk": "community-guojian", "counter": "owners-guozhanyuan", "observer": "party-guojian",
               "posting-witness": "owners-guozhanyuan", "supervisor": "party-longgang", "street-office": "street-guojian"}  # fmt: skip
AT: Final = "2026-10-21 12:00"


def prepare(served: Voting) -> None:
    """Two votes with paper open in October 2026, one with sealed and one with open ballots; another is noticed and to be opened."""
    list(served.play.play(_votes()))


def _votes() -> Iterator[Step]:
    both = ("electronic", "paper")
    for poll, clause in ((PAPER, None), (OPEN, "rules-12")):
        yield from estate.notice("2026-10-21 12:00", poll, "r", ITEMS, "2026-11-07 09:00", "2026-12-20 20:00",
                                 f"更换电梯（{'记名' if clause else '密封'}）", clause, both)  # fmt: skip
        yield from estate.posted("2026-10-21 13:00", poll, 1, "east-gate", "2026-10-21", "2026-12-20")
    for poll in (PAPER, OPEN):
        yield from estate.open_poll("2026-11-07 09:00", poll)


def admit(served: Voting, page: Any, post: str) -> None:
    """Somebody makes a passkey in this browser; operator and supervisor admit it, and they are given the post."""
    with_authenticator(page)
    page.goto(f"{served.url}/c/{CODE}/desk")
    number = sum(name.startswith(f"desk-{post}") for name in served.play.people)
    someone = served.play.meet(f"desk-{post}-{number}", ORGS[post], f"{post} {number}（示例）")
    made = page.evaluate(MAKE_KEY, {"ledger": ORIGIN, "person": someone.person.hex(), "vkey": str(served.opened.home.vkey)})
    key = bytes.fromhex(made["key"])
    row = {"org": someone.org, "person": someone.person, "possession": bytes.fromhex(made["possession"]),
           "public": bytes.fromhex(made["public"]), "suite": "webauthn-v1"}  # fmt: skip
    given = {
        "from": "2026-10-21",
        "matter": None,
        "org": someone.org,
        "person": someone.person,
        "post": post,
        "to": "2027-10-20",
    }
    giver = "party" if post in ("supervisor", "street-office") else "street"
    steps = [Step(AT, "operator", "keys-admitted/1", {"page": f"desk-{made['key'][:8]}", "rows": (row,)},
                  {f"holder/{key.hex()}": someone.holder}, confirm=("bureau",)),
             Step(AT, giver, "post-given/1", given, confirm=("bureau",))]  # fmt: skip
    list(served.play.play(steps))


@contextmanager
def desk_of(chromium: Any, served: Voting, post: str, phone: Any, *refusals: str, **more: Any) -> Iterator[Any]:
    """A browser of an official whose key is admitted."""
    with phone(chromium, served, *refusals, **more) as page:
        admit(served, page, post)
        yield page


def acts(served: Voting, kind: str) -> list[Any]:
    """The acts of a kind in the order of the log, each with its leaf."""
    size = served.opened.door.checkpoint()[0]
    return [act for act in (act_of(entry).act for entry in served.opened.door.shelf.entries(0, size)) if act.kind == kind]


def last(served: Voting, kind: str) -> Any:
    """The newest act of a kind."""
    return acts(served, kind)[-1]
