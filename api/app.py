"""The application: the ledgers that were opened for it, reached over HTTP. Nothing is global, no rule lives here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from fastapi import FastAPI

from api import (
    assembly,
    assembly_pages,
    desk,
    documents,
    enrolments,
    forms,
    health,
    log,
    own,
    pages,
    reading,
    sessions,
    signing,
    statements,
    static,
    voting,
)
from api.problems import DOCUMENTED, explain
from api.rendering import make_site, read_words
from api.security import Secured
from projections.ledgers import Opened

__all__ = ["Opened", "create_app"]


def create_app(ledgers: Mapping[str, Opened], hosts: Collection[str] = ()) -> FastAPI:
    """An application over these ledgers, by their codes; whoever opened them closes them.

    `hosts` are the names, with their ports, under which it is reached besides those of the ledgers' origins and of this machine.
    """
    app = FastAPI(title="Liuchi (六尺)", version="1", summary="A governance ledger for residential communities.",
                  openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None, redirect_slashes=False,
                  responses={"default": DOCUMENTED})  # fmt: skip
    app.state.sessions, app.state.uploads = sessions.Sessions(), asyncio.Semaphore(documents.AT_A_TIME)
    app.state.hosts = frozenset(host.lower() for host in hosts)
    app.state.ledgers, app.state.site, app.state.static = ledgers, make_site(read_words()), static.read_static()
    for part in (
        statements,
        sessions,
        documents,
        reading,
        assembly,
        own,
        voting,
        signing,
        desk,
        enrolments,
        forms,
        log,
        health,
        pages,
        assembly_pages,
        static,
    ):
        app.include_router(part.router)
    explain(app)
    app.add_middleware(Secured)  # last, so that it stands outermost
    return app
