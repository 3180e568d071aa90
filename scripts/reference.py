"""What the bench measures against: bare work of the libraries below us, through their public API only. Each answers in seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from nacl.bindings import crypto_sign_open

Signed = tuple[bytes, bytes, bytes]  # public key, signed bytes, signature


def verified(signed: Sequence[Signed]) -> float:
    """Strict Ed25519 verification, one thread."""
    began = time.perf_counter()
    for public, message, signature in signed:
        crypto_sign_open(signature + message, public)
    return time.perf_counter() - began


def verified_by_all(signed: Sequence[Signed], chunk: int = 256) -> float:
    """The same on all cores, in threads."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        began = time.perf_counter()
        list(pool.map(verified, [signed[start : start + chunk] for start in range(0, len(signed), chunk)]))
        return time.perf_counter() - began


def saved(environment: Mapping[str, str], count: int) -> float:
    """Bare `Application.save` of one unsigned event at a time, durable as the library sets it."""
    application: Application[UUID] = Application(dict(environment))
    fresh = [Aggregate() for _ in range(count + 1)]
    application.save(fresh.pop())
    began = time.perf_counter()
    for one in fresh:
        application.save(one)
    spent = time.perf_counter() - began
    application.close()
    return spent
