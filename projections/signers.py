"""Who signed, as people may read it: the post and the sort of organisation, never a person's name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.acts import POSTS
from domain.authority import AUTHORITY, CONVENERS, KeyRow, holds, organisation, posts_of
from domain.confirmations import ANSWERING
from domain.lifecycle import Read
from domain.roll import heads_of_person
from projections.journal import Line
from projections.ledgers import View

OWNER: Final = "owner"
FOR_A_HEAD: Final = (
    "objection-raised/1", "objection-escalated/1", "proxy-given/1", "proxy-ended/1", "request-opened/1", "request-signed/1",
    "request-withdrawn/1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signer:
    """A post, and the class of the organisation, if any.

    `owner` is whoever acts for a head, or has one and no post; `holder` anybody else without a post.
    """

    post: str
    org: str | None


def signer_of(seen: View, line: Line) -> Signer:
    """The post in which a line's author signed it; who acts for a head is an owner there, whatever post she holds beside."""
    if line.kind in FOR_A_HEAD:
        return Signer(OWNER, None)
    posts: Iterable[str] = AUTHORITY[line.kind].authors
    about = seen.journal.line(line.about)
    if line.kind in ANSWERING and about is not None:
        posts = [post for need in about.needs for post in need.posts] + list(AUTHORITY[about.kind].authors)
    return signer(seen.state, line.kind, line.by, posts, line.matter, line.recorded_at)


def signer(read: Read, kind: str, by: bytes, posts: Iterable[str], matter: str | None, at: int) -> Signer:
    """The first of these posts, or else of all, that the key's person held then, or the first of these ever held; `at` in Unix ms."""
    key: KeyRow | None = read.get(("key", by))
    if key is None:
        return Signer("holder", None)
    if kind.startswith("ballot-"):
        return Signer(OWNER, organisation(key.org))
    wanted, ever = tuple(posts), {post for post, _ in posts_of(read, key.person)}
    post = holds(read, key.person, (*wanted, *CONVENERS, *POSTS), matter, at) or next(
        (one for one in wanted if one in ever), None
    )
    own = OWNER if heads_of_person(read, key.person) else "holder"
    return Signer(post or own, organisation(key.org))
