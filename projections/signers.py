"""Who signed, as people may read it: the post and the sort of organisation, never a person's name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.acts import POSTS
from domain.authority import AUTHORITY, KeyRow, holds, organisation, posts_of
from domain.confirmations import ANSWERING
from domain.lifecycle import Read
from projections.journal import Line
from projections.ledgers import View


@dataclass(frozen=True, slots=True)
class Signer:
    """A post (`owner` for a ballot, `holder` for anybody else without one) and the class of the organisation, if any."""

    post: str
    org: str | None


def signer_of(seen: View, line: Line) -> Signer:
    """The post in which a line's author signed it."""
    posts: Iterable[str] = AUTHORITY[line.kind].authors
    about = seen.journal.line(line.about)
    if line.kind in ANSWERING and about is not None:
        posts = [post for need in about.needs for post in need.posts] + list(AUTHORITY[about.kind].authors)
    return signer(seen.state, line.kind, line.by, (*posts, *POSTS), line.matter, line.recorded_at)


def signer(read: Read, kind: str, by: bytes, posts: Iterable[str], matter: str | None, at: int) -> Signer:
    """The first of these posts that the key's person held then, or holds; `at` in Unix ms."""
    key: KeyRow | None = read.get(("key", by))
    if key is None:
        return Signer("holder", None)
    wanted, ever = tuple(posts), {post for post, _ in posts_of(read, key.person)}
    post = holds(read, key.person, wanted, matter, at) or next((one for one in wanted if one in ever), None)
    return Signer(post or ("owner" if kind.startswith("ballot-") else "holder"), organisation(key.org))
