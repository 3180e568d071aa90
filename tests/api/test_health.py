"""What an operator asks, and what programs read to learn the rest."""

from __future__ import annotations

from starlette.testclient import TestClient

from api.problems import ROWS
from tests.api.conftest import CODE, Estate


def test_the_process_answers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readiness_names_every_ledger_with_its_size(client: TestClient, served: Estate) -> None:
    sizes = {CODE: served.opened.door.checkpoint()[0]}
    assert client.get("/readyz").json() == {"status": "ready", "ledgers": sizes, "stopped": {}}


def test_metrics_are_one_line_a_ledger(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.splitlines()[-1] == f'liuchi_entries{{ledger="{CODE}"}} 59'


def test_openapi_describes_every_route_and_its_problems(client: TestClient) -> None:
    told = client.get("/api/v1/openapi.json").json()
    paths = told["paths"]
    root = "/api/v1/ledgers"
    assert {root, f"{root}/{{code}}", f"{root}/{{code}}/statements", f"{root}/{{code}}/statements/batch", f"{root}/{{code}}/kinds",
            f"{root}/{{code}}/entries", f"{root}/{{code}}/entries/{{index}}", f"{root}/{{code}}/entries/{{index}}/proof",
            f"{root}/{{code}}/entries/{{index}}/openings", f"{root}/{{code}}/polls", f"{root}/{{code}}/polls/{{poll}}",
            f"{root}/{{code}}/polls/{{poll}}/forms/{{form}}", f"{root}/{{code}}/polls/{{poll}}/own",
            f"{root}/{{code}}/documents/{{sha256}}", f"{root}/{{code}}/keys/{{key}}", f"{root}/{{code}}/polls/{{poll}}/ballot",
            f"{root}/{{code}}/heads/{{snapshot}}/{{tag}}", f"{root}/{{code}}/enrolments", f"{root}/{{code}}/enrolments/{{key}}",
            f"{root}/{{code}}/enrolments/lookup",
            f"{root}/{{code}}/prepared",
            f"{root}/{{code}}/elections", f"{root}/{{code}}/elections/{{election}}", f"{root}/{{code}}/committee",
            f"{root}/{{code}}/meetings", f"{root}/{{code}}/meetings/{{meeting}}", f"{root}/{{code}}/objections",
            f"{root}/{{code}}/joined", f"{root}/{{code}}/deadlines", f"{root}/{{code}}/requests",
            f"{root}/{{code}}/requests/{{request}}", f"{root}/{{code}}/groups", f"{root}/{{code}}/streams",
            f"{root}/{{code}}/waiting",
            f"{root}/{{code}}/polls/{{poll}}/paper", f"{root}/{{code}}/polls/{{poll}}/paper/{{leaf}}",
            f"{root}/{{code}}/sessions", f"{root}/{{code}}/sessions/challenges",
            "/log/{code}/{generation}/{path}", "/healthz", "/readyz", "/metrics"} == set(paths)  # fmt: skip
    for methods in paths.values():
        for told_ in methods.values():
            assert told_["summary"]
            assert "application/problem+json" in told_["responses"]["default"]["content"]
    submit = paths[f"{root}/{{code}}/statements"]["post"]
    assert list(submit["requestBody"]["content"]) == ["application/msgpack"]
    assert set(submit["responses"]["201"]["content"]) == {"application/json", "text/plain"}


def test_the_page_of_the_interface_lists_routes_and_codes_without_help_from_elsewhere(client: TestClient) -> None:
    text = client.get("/api/v1/docs").text
    assert "/api/v1/ledgers/{code}/statements/batch" in text
    assert all(f"/problems/{code}" in text for code in ROWS)
    assert "<script" not in text
