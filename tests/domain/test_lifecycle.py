"""The life-cycle engine: from every stage, exactly the kinds whose row names it; and a state read through its changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.acts import EFFECT, KINDS
from domain.authority import AUTHORITY
from domain.errors import Refused
from domain.lifecycle import (
    GONE,
    UNOPENED,
    Act,
    Breach,
    Context,
    Key,
    Layered,
    Read,
    Subject,
    Thing,
    Transition,
    apply,
    held,
    judge,
    no_roots,
    nothing,
)  # fmt: skip
from domain.state import STEPS, SUBJECTS

BODY = {
    "page": "1",
    "key": bytes(32),
    "matter": None,
    "post": "clerk",
    "person": bytes(16),
    "snapshot": "r1",
    "poll": "p",
    "meeting": "m",
    "n": 1,
    "tag": bytes(16),
    "id": "x",
    "request": "q",
    "group": "g",
    "candidate": "c1",
    "election": "e1",
    "vote": "v1",
    "what": {"subject": "rules"},
    "scope": "b1",
    "decision": "d",
}
WHEN = Context(0, 0)


def act(kind: str) -> Act:
    return Act(bytes(32), kind, "", "", None, bytes(32), b"", 0, 0, None, (), BODY)


def stages(subject: Subject) -> list[str | None]:
    """Every stage that a subject's thing can have, none at all, and one that is in no row."""
    named = {stage for step in subject.transitions for stage in (*step.before, step.after)}
    return [*sorted(filter(None, named)), None, "elsewhere"]


def every() -> Iterator[Any]:
    for subject in SUBJECTS:
        for step in subject.transitions:
            for stage in stages(subject):
                yield pytest.param(subject, step, stage, id=f"{step.kind} from {stage}")


@pytest.mark.parametrize(("subject", "step", "stage"), list(every()))
def test_a_kind_is_admitted_only_from_the_stages_that_its_row_names(
    subject: Subject, step: Transition, stage: str | None
) -> None:
    bare, one = replace(step, guards=(), rules=()), act(step.kind)
    read = {subject.key(one): Thing(stage, b"")} if stage else {}
    if stage in step.before:
        assert judge(subject, bare, read, one, WHEN) == ()
        return
    with pytest.raises(Refused) as refused:
        judge(subject, bare, read, one, WHEN)
    assert refused.value.code == (
        "unknown-matter" if stage is None else "already-exists" if step.before == (None,) else "wrong-stage"
    )
    assert refused.value.sentence("zh")


def transitions() -> list[Any]:
    return [pytest.param(subject, step, id=step.kind) for subject in SUBJECTS for step in subject.transitions]


@pytest.mark.parametrize(("subject", "step"), transitions())
def test_after_it_the_thing_has_the_stage_that_its_row_names(subject: Subject, step: Transition) -> None:
    bare, one = replace(step, effect=nothing), act(step.kind)
    key = subject.key(one)
    for stage in step.before:
        read = {key: Thing(stage, b"first")} if stage else {}
        changed = apply(subject, bare, read, one, WHEN)[key]
        assert (changed.stage, changed.leaf) == (step.after, b"first" if stage else one.leaf)


def test_every_kind_has_its_row_in_each_table_and_no_row_is_an_orphan() -> None:
    steps = [step.kind for subject in SUBJECTS for step in subject.transitions]
    assert len(steps) == len(set(steps))
    assert set(steps) == set(KINDS) == set(AUTHORITY) == set(STEPS)


# Things that other acts begin: keys founding, pages of keys and rotations, seats a declaration or what was carried over.
BEGUN: dict[str, set[str | None]] = {"ballot": {None, "forged"}, "key": {"active"}, "seat": {"seated", "alternate"}}


@pytest.mark.parametrize("subject", [pytest.param(subject, id=subject.name) for subject in SUBJECTS])
def test_every_stage_that_a_row_needs_is_reached_by_another(subject: Subject) -> None:
    begun = BEGUN.get(subject.name, {None})
    reached = {step.after for step in subject.transitions} | begun
    needed = {stage for step in subject.transitions for stage in step.before}
    assert needed <= reached
    assert needed & begun


def test_only_reports_have_rules_that_flag() -> None:
    assert {kind for kind, (_, step) in STEPS.items() if step.rules} == {
        name for name, kind in KINDS.items() if kind.sort != EFFECT
    }


# --- guards and rules, in their order


def broken(code: str) -> Any:
    return lambda _read, _act, _context: Breach(code)


def holds(_read: Read, _act: Act, _context: Context) -> None:
    return None


def subject_of(step: Transition) -> Subject:
    return Subject("thing", lambda _act: ("thing", ""), (step,))


def test_the_first_guard_that_is_broken_refuses() -> None:
    step = Transition("x/1", (None,), "there", guards=(holds, broken("roll-frozen"), broken("tag-known")))
    with pytest.raises(Refused, match="roll-frozen"):
        judge(subject_of(step), step, {}, act("x/1"), WHEN)


def test_every_rule_that_is_broken_flags_in_order() -> None:
    step = Transition("x/1", (None,), "there", rules=(broken("tag-known"), holds, broken("roll-frozen")))
    assert [flag.code for flag in judge(subject_of(step), step, {}, act("x/1"), WHEN)] == ["tag-known", "roll-frozen"]


def test_the_life_cycle_is_asked_before_the_guards() -> None:
    step = Transition("x/1", ("there",), "gone", guards=(broken("roll-frozen"),))
    with pytest.raises(Refused, match="unknown-matter"):
        judge(subject_of(step), step, {}, act("x/1"), WHEN)


def test_a_step_without_effect_openings_or_roots_is_the_least_there_can_be() -> None:
    assert nothing({}, act("x/1"), WHEN) == {}
    assert held({}, act("x/1"), lambda _leaf, _name: UNOPENED)
    assert no_roots(0) is None
    assert (WHEN.now, WHEN.place) == (0, 0)
    assert (replace(WHEN, done_at=7).now, replace(WHEN, done_index=9).place) == (7, 9)


# --- changes over a state


KEYS = st.tuples(st.sampled_from(("poll", "roll")), st.sampled_from("abc"))
TABLE = st.dictionaries(KEYS, st.integers(0, 3) | st.none())


@settings(deadline=None)
@given(TABLE, st.dictionaries(KEYS, st.integers(4, 6) | st.just(GONE)))
def test_a_state_read_through_its_changes_is_the_state_after_them(below: dict[Key, Any], above: dict[Key, Any]) -> None:
    after = {key: value for key, value in {**below, **above}.items() if value is not GONE}
    layered = Layered(above, below)
    assert dict(layered) == after
    assert len(layered) == len(after)
    for key in (("poll", "a"), ("roll", "c"), ("none", "")):
        assert layered.get(key, "absent") == after.get(key, "absent")
        assert (key in layered) == (key in after)


def test_what_is_gone_cannot_be_read() -> None:
    with pytest.raises(KeyError):
        Layered({("poll", "p"): GONE}, {("poll", "p"): 1})["poll", "p"]
    assert (repr(GONE), repr(UNOPENED)) == ("GONE", "UNOPENED")
