"""The second verifier agrees with the shared vectors.

It is built by ``build.sh`` beside this file. Where it was not built, these tests are skipped; where
``LIUCHI_REQUIRE_FOREIGN=1`` is set, as in continuous integration, its absence is a failure.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.keys.webauthn_chance import judged
from tests.machine import lacking

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"


@pytest.fixture(scope="module")
def verifier() -> str:
    given = os.environ.get("LIUCHI_FOREIGN_VERIFIER", "")
    program = Path(given) if given else HERE / ".build" / "verify"
    if not program.is_file() or not os.access(program, os.X_OK):
        lacking(
            f"the second verifier is not built: no program at {program} (run tests/foreign/build.sh)", "LIUCHI_REQUIRE_FOREIGN"
        )
    return str(program.resolve())


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_it_agrees_with_every_shared_vector(verifier: str) -> None:
    done = run(verifier, "vectors", str(VECTORS))
    assert done.returncode == 0, done.stdout + done.stderr
    agreed = re.search(r"^agreed: (\d+)$", done.stdout, re.MULTILINE)
    assert agreed is not None
    assert int(agreed[1]) >= 1660


def test_a_changed_vector_is_a_disagreement(verifier: str, tmp_path: Path) -> None:
    for source in VECTORS.glob("*.json"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    changed = tmp_path / "ed25519-strict.json"
    changed.write_text(changed.read_text("utf-8").replace('"strict": "refuse"', '"strict": "accept"', 1), "utf-8")
    done = run(verifier, "vectors", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("disagreement in ed25519-strict: ")


def test_it_says_of_a_passkey_changed_by_chance_what_python_says(verifier: str, tmp_path: Path) -> None:
    for source in VECTORS.glob("*.json"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    told = json.loads((VECTORS / "webauthn.json").read_text("utf-8"))
    cases = judged(Random(20261122), 3000)
    (tmp_path / "webauthn.json").write_text(json.dumps({**told, "signatures": cases}), "utf-8")
    done = run(verifier, "vectors", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert 100 < sum(case["verdict"] == "accept" for case in cases) < len(cases)


def test_an_empty_folder_is_a_bad_mirror(verifier: str, tmp_path: Path) -> None:
    done = run(verifier, "mirror", str(tmp_path))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["level"], report["verdict"], report["first_bad"]) == (1, "bad", None)
    assert report.keys() == {"level", "verdict", "first_bad", "why"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("mirror",), 2),
        (("mirror", "a", "b"), 2),
        (("receipt", "a"), 2),
        (("vectors", "a", "--policy", "b"), 2),
        (("mirror", "no-such-folder"), 3),
        (("receipt", "no-such-file", "--policy", "no-such-file"), 3),
    ],
)
def test_no_verdict_without_an_input(verifier: str, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    done = subprocess.run([verifier, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr
