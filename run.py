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
    """The environment as pyproject.toml wants it; a half-made one has no stamp and is completed."""
    if sys.version_info < (3, 11):
        raise SystemExit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    stamp = VENV / ".stamp"
    want = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == want:
        return
    print("Preparing the environment (.venv); the first time takes about a minute …", file=sys.stderr, flush=True)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    quiet = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*quiet, "--editable", ".[dev]"], cwd=ROOT).returncode:
        raise SystemExit("pip could not install what pyproject.toml names; its message stands above")
    stamp.write_text(want)


def main() -> int:
    ensure()
    words = sys.argv[1:] or ["demo"]
    module = ["pytest", "-n", "auto", *words[1:]] if words[0] == "test" else ["scripts.cli", *words]
    try:
        return subprocess.run([PYTHON, "-m", *module], cwd=ROOT if words[0] == "test" else None).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
