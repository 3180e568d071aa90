"""A small estate in memory that has governed itself for a season: carried over, petitioned, elected, met, sealed, objected to."""

from __future__ import annotations

from dataclasses import replace

from scripts.stories.player import moment
from tests.acts import STAGES, Given, Move, given
from tests.moves import board, counting, elections, rights

NAMES = {f"c{n}": f"业主{n}（示例）" for n in range(1, 8)}
TENANT = "住户（示例）"
GROUNDS = "登记簿上没有其名下的房屋（示例）"
WORDS = "审查时没有看房产证（示例）"

PAGES = (
    "",
    "/elections/e1",
    "/committee",
    "/meetings/m1",
    "/objections",
    "/joined",
    "/requests/q",
    "/requests/q2",
    "/polls/v1",
)
"""Every page of this estate that is about its self-government, below its own address."""


def profiled(move: Move, name: str, unit: str, political: str | None = None) -> Move:
    """A nomination with a profile of its own."""
    return move.sealing(profile={**elections.PROFILE, "name": name, "unit": unit, "political": political})


def on(world: Given, when: str, *moves: Move) -> None:
    """These acts, at this time of the story."""
    world.at(when).when(*moves).admitted()


def play_on(world: Given, *stages: str) -> None:
    """The steps of these stages."""
    for stage in stages:
        list(world.play.play(STAGES[stage][1](world.play)))


def joined(world: Given) -> None:
    """What the estate brings along."""
    dated = {"adopted": "2019-05-12", "digest": bytes(32)}
    on(world, "2026-08-16 10:00", elections.classify("garden"), elections.carry("rules", dated, "rules-1"),
       elections.carry("account", {"cents": 1_234_567, "on": "2026-07-31"}, "account-1"),
       elections.carry("contract", {"from": "2024-01-01", "to": "2026-12-31"}, "contract-1"), counting.report())  # fmt: skip


def petitioned(world: Given) -> None:
    """A request that is met by a group, and one that lacks a signature."""
    on(world, "2026-08-16 11:00", rights.request(), rights.sign("o1"), rights.sign("o3"))
    on(world, "2026-08-16 14:00", rights.verify(), rights.form())
    on(world, "2026-08-16 15:00", rights.request("o2", "extraordinary-meeting", "q2"), rights.sign("o2", "q2"))


def standing(world: Given) -> None:
    """Candidates, one of whom is not eligible, and an objection to that."""
    on(world, "2026-08-17 09:00", elections.begin())
    for name, who in elections.STANDING.items():
        unit = f"1-{name[1:]}"
        on(
            world,
            "2026-08-18 09:00",
            profiled(elections.nominate(name, who), NAMES[name], unit, "中共党员" if name == "c2" else None),
        )
    on(world, "2026-08-18 10:00", profiled(elections.nominate("c8", "tenant", by="party", author="party"), TENANT, "1-9"))
    play_on(world, "candidates checked")
    on(
        world,
        "2026-08-21 10:00",
        replace(elections.check("c8", "not-an-owner"), sealed={"grounds": ("not-an-owner",), "reason": GROUNDS}),
    )
    on(world, "2026-08-21 11:00", rights.object_("o2", "c8-check", "x-1", "qualification").sealing(text=WORDS))
    on(world, "2026-08-21 14:00", rights.reply(name="x-1"))


def met(world: Given) -> None:
    """A meeting of the new committee: one item passes and one does not; its decisions are posted late; the seal is used twice."""
    on(world, "2026-10-08 11:00", board.call("m1", "2026-10-19 19:00"))
    for who in ("o1", "o2", "o3"):
        said = {"lamps": "agree", "reply": "agree" if who == "o1" else "against" if who == "o2" else "recused"}
        on(world, "2026-10-19 19:30", board.speak(who, **said))
    on(world, "2026-10-19 21:00", board.record(observers=("observer",)).named("m1-minutes"))
    on(world, "2026-10-24 10:00", board.hang("2026-10-24"))
    seal = board.use_seal(board.decision("meeting", "m1", "lamps", "m1-minutes"), "2026-10-24")
    on(world, "2026-10-24 11:00", seal.by("o1"), board.use_seal(None, "2026-10-24", 2).by("o1"))


def assembled() -> Given:
    """The whole of it, on 2 November 2026."""
    world = given("branch")
    joined(world)
    petitioned(world)
    standing(world)
    play_on(world, "candidates posted", "candidates final", "election noticed", "voting")
    list(world.play.play(list(elections.vote_steps(world.play, tuple(elections.STANDING), elections.RANKED))[1:]))
    on(world, "2026-09-30 10:00", elections.declare())
    on(
        world,
        "2026-10-02 10:00",
        rights.object_("o4", "v1-result", "x-2", "counting").sealing(text="请公布每张票的计票明细（示例）"),
    )
    on(world, "2026-10-08 10:00", elections.officers("o1", "o2"))
    met(world)
    on(world, "2026-10-26 10:00", elections.file_with())
    on(world, "2026-10-27 10:00", elections.end("o5", day="2026-10-27"))
    world.play.clock.move_to(moment("2026-11-02 09:00"))
    return world
