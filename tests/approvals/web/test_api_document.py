"""The document of the API: the committed copy is the app's, every operation says what it needs, and the page of it shows them all."""

import json
from pathlib import Path

from approvals.tokens import Scope
from approvals.web.api.app import create_api, document
from approvals.web.desk import Desk
from tests.approvals.web.house import House

SCOPES = {None, *(scope.value for scope in Scope)}


def test_the_committed_document_is_the_one_the_app_makes(house: House, repository: Path) -> None:
    committed = json.loads((repository / "docs" / "openapi.json").read_text())

    assert document(create_api(Desk(house.workspace), requests_per_minute=1)) == committed, "run make openapi"
    assert house.visitor().client.get("/api/openapi.json").json() == committed


def test_every_operation_has_a_name_a_scope_and_its_refusals(house: House) -> None:
    found = house.visitor().client.get("/api/openapi.json").json()
    operations = [(method, one) for path in found["paths"].values() for method, one in path.items()]

    assert len({one["operationId"] for _, one in operations}) == len(operations)
    for method, one in operations:
        assert one["summary"], one["operationId"]
        assert one["x-scope"] in SCOPES
        assert one["security"] == [{"token": []}]
        assert {"401", "403", "422", "429", "500"} <= set(one["responses"])
        assert method != "get" or not {"409", "202"} & set(one["responses"])
        for status, answer in one["responses"].items():
            assert status[0] == "2" or list(answer["content"]) == ["application/problem+json"], (one["operationId"], status)


def test_the_page_of_the_api_shows_every_operation(house: House) -> None:
    found = house.visitor().client.get("/api/openapi.json").json()

    page = house.signed_in("sam").get("/api").text

    for path, methods in found["paths"].items():
        for one in methods.values():
            assert f'id="{one["operationId"]}"' in page
        assert f"/api{path}" in page
