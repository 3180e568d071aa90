"""Hypothesis without deadlines; PostgreSQL from $LIUCHI_TEST_PG_DSN or from the machine's own binaries, a database for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from tests.machine import lacking

settings.register_profile("liuchi", deadline=None)  # a slow machine must not fail a test that holds
settings.load_profile("liuchi")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a running server; without one the test is skipped, or fails under LIUCHI_REQUIRE_POSTGRES=1."""
    if dsn := os.environ.get("LIUCHI_TEST_PG_DSN"):
        yield dsn
    elif binaries := sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        yield from _started(binaries[-1])
    else:
        lacking("no PostgreSQL: install postgresql or set LIUCHI_TEST_PG_DSN", "LIUCHI_REQUIRE_POSTGRES")


def _started(binaries: Path) -> Iterator[str]:
    home = tempfile.mkdtemp(prefix="pg-")  # short: a socket's path has at most 107 bytes
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    env = {**os.environ, "HOME": home, "LC_ALL": "C.UTF-8"}
    init = [f"{binaries}/initdb", "-D", f"{home}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*as_user, *init], check=True, stdout=subprocess.DEVNULL, env=env, cwd="/")
    options = ["-c", "listen_addresses=", "-c", "max_connections=300"]
    command = [*as_user, f"{binaries}/postgres", "-D", f"{home}/data", "-k", home, *options]
    server = subprocess.Popen(command, env=env, cwd="/", stderr=subprocess.DEVNULL)
    try:
        yield _answering(f"host={home} user=postgres dbname=postgres")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _answering(dsn: str) -> str:
    for _ in range(400):
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return dsn
    raise RuntimeError("the server did not answer within twenty seconds")


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A fresh database of its own."""
    yield from _fresh(postgres)


@pytest.fixture
def other_database(postgres: str) -> Iterator[str]:
    """A second one, for what must not lie in the first."""
    yield from _fresh(postgres)


def _fresh(postgres: str) -> Iterator[str]:
    name = "t" + uuid.uuid4().hex[:12]
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}"')
    yield psycopg.conninfo.make_conninfo(postgres, dbname=name)
    with psycopg.connect(postgres, autocommit=True) as db:
        db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
