"""A program at the API: a token of one person, and answers as JSON."""

from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from approvals import tokens
from approvals.tokens import Scope
from tests.approvals.web.house import House


@dataclass
class Program:
    client: TestClient
    token: tokens.Token
    text: str

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", params=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(f"/api/v1{path}", json=body)


def program(house: House, owner: str, *scopes: Scope) -> Program:
    """A program of `owner` with these scopes; without any, with all the owner may give."""
    person = house.workspace.practice.person(owner)
    assert person is not None
    token, text = tokens.create(house.workspace, by=owner, name="a program", scopes=scopes or tokens.scopes_of(person))
    return Program(TestClient(house.app, headers={"Authorization": f"Bearer {text}"}, raise_server_exceptions=False), token, text)


def bound(house: House, action: str) -> dict[str, Any]:
    found = house.action(action)
    return {"version": found.version, "content_hash": found.content_hash}
