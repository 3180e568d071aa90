"""A small estate whose owners vote with passkeys: what is served to a browser, and what clerk and supervisor do beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.app import Opened, create_app
from domain.roll import Unit
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import make_home, open_ledger
from scripts.stories import estate
from scripts.stories.player import Play, Someone, Step, moment, seeded
from tests.api.conftest import CODE, HEADS, ORIGIN, _officials
from tests.api.conftest import UNITS as OWN_HOMES
from tests.machine import serving
from tlog.merkle import leaf_hash

POLL: Final = "lifts-2027"
KEYLESS: Final = 9
SHARED: Final = HEADS + 1  # the head of two owners, of whom each has a home of their own
UNITS: Final = [*OWN_HOMES, Unit("密室13", "密楼甲", frozenset(("secret-owner-07", "secret-owner-08")), 8100, "sold")]
NOON: Final = "2026-10-21 12:00"
TITLE: Final = "关于更换电梯并使用维修资金的表决"
ITEMS: Final = {
    "lift": ("use-maintenance-fund", "是否同意使用维修资金，更换 3 栋、5 栋的 6 部电梯？"),
    "roof": ("other-major", "是否同意在更换期间，由物业服务企业为行动不便的住户安排人力协助？"),
}
# An authenticator as phones have one; it answers at once. Chromium, the DevTools protocol's WebAuthn domain.
AUTHENTICATOR: Final = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
                        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
MAKE_KEY: Final = """async ({ ledger, person, vkey }) => {
  const [{ createPasskey, provePossession }, { keep }, { hex, unhex }] =
    await Promise.all(['passkey', 'keychain', 'bytes'].map((name) => import(`/static/js/${name}.js`)));
  const made = await createPasskey({ rpId: 'localhost', rpName: '六尺', user: { name: '业主（示例）' } });
  const possession = await provePossession({ ledger, person: unhex(person), rpId: 'localhost', ...made });
  keep({ ledger, rpId: 'localhost', vkey, ...made });
  return { public: hex(made.publicKey), possession: hex(possession), key: hex(made.keyId) };
}"""


@dataclass(frozen=True)
class Voting:
    """The estate as it is served, and the play that goes on behind the counter."""

    url: str
    opened: Opened
    play: Play
    clock: StoryClock

    @property
    def page(self) -> str:
        return f"{self.url}/c/{CODE}/polls/{POLL}/vote"

    def asked(self, who: int | str) -> dict[str, str]:
        """What the browser of head n's owner, or of an official, needs to make her key."""
        person = self.play.people[who if isinstance(who, str) else f"head-{who:02}"].person
        return {"ledger": ORIGIN, "person": person.hex(), "vkey": str(self.opened.home.vkey)}

    def owner(self, n: int) -> Someone:
        """The person of head n, for whom she makes a key; the first nine have none."""
        return self.play.people[f"head-{n:02}"]

    def admit(self, made: dict[str, str], n: int) -> None:
        """Clerk and supervisor admit the key that the owner of head n made on her phone."""
        key, owner = bytes.fromhex(made["key"]), self.owner(n)
        row = {"org": None, "person": owner.person, "possession": bytes.fromhex(made["possession"]),
               "public": bytes.fromhex(made["public"]), "suite": "webauthn-v1"}  # fmt: skip
        self._say(Step(NOON, "clerk", "keys-admitted/1", {"page": f"phone-{n}", "rows": (row,)},
                       {f"holder/{key.hex()}": owner.holder}, confirm=("bureau",)))  # fmt: skip

    def bind(self, made: dict[str, str], n: int, *more: int) -> None:
        """And bind it to her head, and to others that are hers with somebody else."""
        rows = tuple((self.play.tag(UNITS[head - 1].unit), bytes.fromhex(made["key"])) for head in (n, *more))
        body = {"page": f"phone-{n}", "rows": rows, "snapshot": "r"}
        self._say(Step(NOON, "clerk", "heads-bound/1", body, confirm=("bureau",)))

    def _say(self, step: Step) -> None:
        list(self.play.play([step]))

    def rotate(self, made: dict[str, str], who: str, confirm: str) -> None:
        """An official changes over to the key that she made on her phone."""
        old, key = self.play.people[who], bytes.fromhex(made["key"])
        row = {"org": old.org, "person": old.person, "possession": bytes.fromhex(made["possession"]),
               "public": bytes.fromhex(made["public"]), "suite": "webauthn-v1"}  # fmt: skip
        body = {"key": old.key.id, "row": row}
        self._say(Step(NOON, who, "key-rotated/1", body, {f"holder/{key.hex()}": old.holder}, confirm=(confirm,)))

    def waits(self) -> int:
        """The number of an act that waits for a supervisor: somebody is made a counter for this vote."""
        one = self.play.people["witness"]
        body = {
            "from": "2026-10-21",
            "matter": POLL,
            "org": one.org,
            "person": one.person,
            "post": "counter",
            "to": "2027-10-20",
        }
        self._say(Step(NOON, "street", "post-given/1", body))
        return self.opened.door.checkpoint()[0] - 1

    def choices(self, index: int) -> Any:
        """What the ballot of an entry seals, as the vault keeps it."""
        entry = self.opened.door.shelf.entries(index, 1)[0]
        return self.opened.door.opening(leaf_hash(entry), "choices")


def _begin(play: Play, log_key: str) -> Iterator[Step]:
    """The first owners have no key yet."""
    heads = [f"head-{n:02}" for n in range(KEYLESS + 1, HEADS + 1)]
    yield from estate.found(play, "2026-08-03 09:00", log_key, {"zh": "六尺苑", "en": "Six Feet Garden"}, demo=True)
    yield from estate.admit(play, "2026-08-03 10:00", "staff", estate.STAFF)
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")
    yield from estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS)
    yield from estate.admit(play, "2026-08-06 09:00", "owners", heads, by="clerk")
    yield from estate.bind(
        play, "2026-08-07 09:00", "r", "b", list(zip([one.unit for one in OWN_HOMES[KEYLESS:]], heads, strict=True))
    )
    yield from estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1)


def _vote(play: Play) -> Iterator[Step]:
    yield from estate.notice("2026-08-17 09:00", POLL, "r", ITEMS, "2026-09-03 09:00", "2026-12-31 20:00", TITLE, None,
                             ("electronic", "paper"))  # fmt: skip
    yield from estate.posted("2026-08-17 10:00", POLL, 1, "east-gate", "2026-08-17", "2026-12-31")
    yield from estate.posted("2026-08-17 10:00", POLL, 2, "hall", "2026-08-17", "2026-12-31")
    yield from estate.open_poll("2026-09-03 09:00", POLL)
    for n in range(KEYLESS + 1, HEADS):
        choices = {"lift": "agree", "roof": "abstain"}
        yield estate.sealed_ballot(play, "2026-09-04 10:00", POLL, UNITS[n - 1].unit, f"head-{n:02}", choices)
    later = {"later": ("other-major", "是否粉刷围墙？")}
    yield from estate.notice("2026-10-20 11:00", "later", "r", later, "2026-11-20 09:00", "2026-12-20 20:00", "刷墙", None)


@contextmanager
def voting(data: Path) -> Iterator[Voting]:
    """The estate, played and served on a free port of this machine."""
    home = make_home(data, ORIGIN, "estate", SigningKey.from_seed(bytes(32)), "x", 2)
    clock = StoryClock(moment("2026-08-03 09:00"))
    door = open_ledger(home, "x", clock)
    play = Play(door, clock, seeded(23))
    _officials(play)
    for steps in (_begin(play, str(home.vkey)), _vote(play)):
        list(play.play(steps))
    clock.move_to(moment(NOON))
    opened = Opened(home, door)
    with serving(create_app({CODE: opened})) as url:
        yield Voting(url, opened, play, clock)
    door.close()


def with_authenticator(page: Any) -> None:
    """The page's browser gets a phone's authenticator."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
