"""The `liuchi` command: a table of verbs, each loaded when it is called, so that `liuchi --help` loads none.

Exit codes: 0 ok · 1 a check failed · 2 usage · 3 unreadable input · 4 store unavailable.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

# verb → module:function (or module:app, a Typer, for a verb of several), and its line of help
VERBS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": ("scripts.demo:demo_command", "Play a whole vote, audit it and serve it."),
    "practice": (
        "scripts.practice:practice_command",
        "Make a practice copy of an estate, with invented owners, to rehearse a vote.",
    ),
    "audit": ("scripts.audit:audit_command", "Check a whole log: bytes, signatures, tree, and every rule again."),
    "count": ("scripts.count:count_command", "Count a vote on paper from CSV files."),
    "found": ("scripts.found:found_command", "Found a ledger: its folder, its log key and its first entry."),
    "keys": ("scripts.keys:app", "Make and show key files; admit, bind, confirm and ring about keys that came by letter."),
    "letters": ("scripts.letters:letters_command", "Write the letters by which owners enrol their keys, to print once."),
    "enrolments": ("scripts.letters:enrolments_command", "List the keys that came by letter and wait, with what looks odd."),
    "roll": ("scripts.rolls:app", "Make a roll from spreadsheets, compare it, post it; record it, or say what it comes to."),
    "paper": ("scripts.paper:app", "Print numbered forms; record pages of them, key them again blind, correct them."),
    "act": ("scripts.act:act_command", "Sign and hand in any act from JSON, confirm or decline one, or read what waits."),
    "document": ("scripts.document:document_command", "Deposit a document that an act names, or fetch one."),
    "verify": ("scripts.verify:verify_command", "Check one receipt, or an owner's rows of a result, offline."),
    "own": ("scripts.own:own_command", "Write one owner's rows of a certified result, with the paths that prove them."),
    "export": ("scripts.export:export_command", "Write a ledger's public copy, or openings for an auditor."),
    "accesses": ("scripts.accesses:accesses_command", "List who read restricted contents, and check the chain of records."),
    "backup": ("scripts.backup:backup_command", "Write one ledger into one file, while it is served."),
    "restore": ("scripts.backup:restore_command", "Put a ledger back from such a file."),
    "migrate": ("scripts.migrate:migrate_command", "Make or check schemas and outside checkpoints before processes start."),
    "bench": ("scripts.bench:bench_command", "Measure the ledger against bare work, in one run."),
    "serve": ("scripts.serve:serve_command", "Open every ledger of a data folder and serve it."),
}

# module:exception → exit code; by name, so that nothing is imported to list them
EXITS: Final[Mapping[str, int]] = {
    "ledger.home:HomeBroken": 4,
    "ledger.store:StoreFailed": 4,
    "scripts.tables:Unreadable": 3,
    "scripts.sources:Unreachable": 3,
    "scripts.audit:UnreadableEvidence": 3,
    "scripts.shell:Unfit": 3,
    "scripts.shell:Blocked": 4,
    "keys.custody:KeyFileRefused": 3,
    "keys.custody:KeyFileExists": 2,
    "keys.custody:WrongPassphrase": 2,
}


class Verbs(TyperGroup):
    """Typer's group over VERBS; a failure listed in EXITS is one line on stderr and its exit code."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the base class names it
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return load(cmd_name) if cmd_name in VERBS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(verb, words) for verb, (_, words) in VERBS.items()])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as why:
            code = exit_code(why)
            if code is None:
                raise
            typer.echo(str(why), err=True)
            raise typer.Exit(code) from why


def exit_code(why: Exception) -> int | None:
    """The code that EXITS gives to a failure or to what it is a kind of; None for a failure that nobody foresaw."""
    names = (f"{kind.__module__}:{kind.__qualname__}" for kind in type(why).__mro__)
    return next((EXITS[name] for name in names if name in EXITS), None)


def load(verb: str) -> Any:
    """The verb's command, its module imported now."""
    module, _, name = VERBS[verb][0].partition(":")
    target = getattr(import_module(module), name)
    if not isinstance(target, typer.Typer):
        target, function = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False), target
        target.command(verb)(function)
    return typer.main.get_command(target)


app = typer.Typer(cls=Verbs, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def liuchi() -> None:
    """Liuchi（六尺）: a governance ledger for residential communities."""


def main() -> None:
    """Run the command line; what it prints is UTF-8 whatever the locale."""
    gc.set_threshold(20_000, 20, 100)  # entries and states make no circles: looking for them seldom is often enough
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    app(prog_name=os.environ.get("LIUCHI_PROG"))  # run.py says how it was called


if __name__ == "__main__":
    main()
