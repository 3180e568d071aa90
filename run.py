#!/usr/bin/env python3
"""`python3 run.py` plays and serves the demo, `python3 run.py test` runs the tests, `python3 run.py <verb> …` any command.

Standard library only. Makes `.venv` beside this file and installs again only when pyproject.toml has changed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure() -> None:
    """The environment as pyproject.toml wants it; without a stamp it was left half made and is made anew."""
    if sys.version_info < (3, 11):
        raise SystemExit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    stamp = VENV / ".stamp"
    want = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    whole = PYTHON.exists() and stamp.exists()
    if whole and stamp.read_text() == want:
        return
    print("正在准备运行环境（.venv），首次约需一分钟 … Preparing the environment; the first time takes about a minute …",
          file=sys.stderr, flush=True)  # fmt: skip
    if not whole:
        venv.create(VENV, with_pip=True, clear=True)
    stamp.unlink(missing_ok=True)
    quiet = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*quiet, "--editable", ".[dev]"], cwd=ROOT).returncode:
        raise SystemExit("pip could not install what pyproject.toml names; its message stands above")
    stamp.write_text(want)


def command(words: list[str]) -> list[str]:
    """The module to run and its words: `demo` where no verb is named, options or not."""
    if not words or (words[0].startswith("-") and words[0] not in ("--help", "-h")):
        words = ["demo", *words]
    return ["pytest", "-n", "auto", *words[1:]] if words[0] == "test" else ["scripts.cli", *words]


def main() -> int:
    module = command(["--help" if word == "-h" else word for word in sys.argv[1:2]] + sys.argv[2:])
    try:
        ensure()
        env = {**os.environ, "LIUCHI_PROG": "python3 run.py"}
        return subprocess.run([PYTHON, "-m", *module], cwd=ROOT if module[0] == "pytest" else None, env=env).returncode
    except KeyboardInterrupt:
        if not (VENV / ".stamp").exists():
            print("\n已中断；再运行一次即可。Stopped; run it again.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
