"""Numbers from paper are found however they are typed, and a wrong one leads back."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import CODE

C = f"/c/{CODE}"


@pytest.mark.parametrize("typed", ["9", "第9条", " 第 ９ 条 ", "９", "No. 9", "№9", "#9"])
def test_an_entry_is_found_by_its_number_as_it_is_written(client: TestClient, typed: str) -> None:
    answer = client.get(f"{C}/entries", params={"number": typed}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{C}/entries/9")


@pytest.mark.parametrize("typed", ["458", "№ 458", "No. 458", "no.458", "458号", "第458号", "票号：４５８", "0458", "№ 458号"])
def test_a_form_is_found_by_its_number_as_it_is_written(client: TestClient, typed: str) -> None:
    answer = client.get(f"{C}/polls/lifts/forms", params={"number": typed}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{C}/polls/lifts/forms/458")


def test_a_reissued_form_keeps_its_second_number(client: TestClient) -> None:
    answer = client.get(f"{C}/polls/lifts/forms", params={"number": "No. 412-2"}, follow_redirects=False)
    assert answer.headers["location"] == f"{C}/polls/lifts/forms/412-2"


@pytest.mark.parametrize(("lang", "words"), [("", "回到这次表决"), ("?lang=en", "Back to the vote")])
def test_a_form_that_was_never_issued_leads_back_to_the_vote(client: TestClient, lang: str, words: str) -> None:
    answer = client.get(f"{C}/polls/lifts/forms/458{lang}", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert f'href="{C}/polls/lifts{lang}">{words}</a>' in answer.text
