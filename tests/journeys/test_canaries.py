"""Planted identifiers appear nowhere in clear: not at rest, in logs, on pages, in prompts, nor in anything that is sent."""

import base64
import json
import secrets
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import pytest
import yaml
from fastapi.testclient import TestClient

from agents.build import open_parts
from agents.worker import run_action
from approvals import decide, queue
from approvals.due import run_due
from approvals.errors import NotAllowed, NotDecidable
from approvals.identity import create_link, use_link
from approvals.web.app import create_app
from policies.actions import Action, ActionKind, Status
from policies.records import ActionId
from tests.journeys.support import NOW, ROOT, environment, liaison, small_practice
from tests.servers.openai_server import OpenAIServer, chat_answer, drafted
from tests.servers.smtp import SmtpServer
from tests.servers.webhook import WebhookServer
from tools.errors import Conflict
from tools.practice import Practice
from tools.settings import Settings

pytestmark = [pytest.mark.xdist_group("canaries"), pytest.mark.timeout(300)]  # the fixture is dear: one worker builds it

CANARIES = json.loads((ROOT / "tests" / "canaries.json").read_text())


class Exits(NamedTuple):
    """Every place a byte could have come out at, by name."""

    places: dict[str, bytes]
    executed: int
    mails: int
    prompts: int
    webhooks: int


@pytest.fixture(scope="module")
def exits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exits]:
    folder = tmp_path_factory.mktemp("canaries")
    home, practice = folder / "home", small_practice(folder / "practice", whole=True)
    drafts = [chat_answer(drafted("Thank you for the feedback. Please call the number on our page.", title="A next step"))]
    with OpenAIServer(drafts) as model, SmtpServer() as mail, WebhookServer() as hook:
        _point_outside(practice, smtp_port=mail.port, webhook_url=hook.url)
        env = environment(
            home,
            practice,
            LIAISON_OPENAI_API_KEY="test-key",
            LIAISON_OPENAI_BASE_URL=model.base_url,
            LIAISON_LOG_LEVEL="DEBUG",
            LARKMERE_WEBHOOK_SECRET=_webhook_secret(),
        )
        said = [liaison("run", "--json", "--now", NOW, env=env, check=False)]
        said += [liaison(*command, env=env, check=False) for command in (("queue", "list"), ("brief",), ("doctor",), ("audit", "export"))]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LARKMERE_WEBHOOK_SECRET", env["LARKMERE_WEBHOOK_SECRET"])
            executed, pages = _approve_everything(home, practice, env)
        places = {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}
        places |= {f"stdout and stderr of {done.args[0]}": (done.stdout + done.stderr).encode() for done in said}
        places |= {f"page {path}": body for path, body in pages.items()}
        places |= {f"prompt {number}": body for number, body in enumerate(model.requests)}
        places |= {f"mail {number}": _decoded(body) for number, body in enumerate(mail.messages)}
        places |= {f"webhook {number}": one.body for number, one in enumerate(hook.requests)}
        yield Exits(places, executed, len(mail.messages), len(model.requests), len(hook.requests))


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(b"a test's own signing key, 32 byte").decode()


def _point_outside(practice: Path, *, smtp_port: int, webhook_url: str) -> None:
    """The sample practice, with a mail server that signed no BAA, and a webhook that did: without one every handoff is blocked by a rule."""
    path = practice / "practice.yaml"
    body = yaml.safe_load(path.read_text())
    body["destinations"] = {
        "smtp": {"host": "127.0.0.1", "port": smtp_port, "starttls": False, "sender": "care@larkmere.example.com", "baa": False},
        "webhook": {
            "name": "crm",
            "url": webhook_url,
            "secret_env": "LARKMERE_WEBHOOK_SECRET",
            "baa": True,
            "allow_private_network": True,
        },
    }
    path.write_text(yaml.safe_dump(body, sort_keys=False))


def _approve_everything(home: Path, practice: Path, env: dict[str, str]) -> tuple[int, dict[str, bytes]]:
    """Approve and execute all that can be, by whoever may; then read every page as the administrator."""
    settings = Settings(home=home, practice=practice, keys=env["LIAISON_KEYS"])  # type: ignore[arg-type]
    from datetime import datetime

    with open_parts(settings=settings, practice=practice, now=datetime.fromisoformat(NOW)) as parts:
        workspace = parts.workspace
        with workspace.database.read() as connection:
            waiting = queue.list_actions(connection, limit=500)
        for action in waiting:
            _approve(parts.workspace, action, workspace.practice)
        run_due(workspace, lambda action: run_action(parts, action))
        with workspace.database.read() as connection:
            done = queue.list_actions(connection, statuses=(Status.DONE, Status.FAILED, Status.UNKNOWN), limit=500)
            everything = queue.list_actions(connection, statuses=tuple(Status), limit=1000)
        pages = _pages(workspace, [action.id for action in everything])
    return len(done), pages


def _approve(workspace: object, action: Action, practice: Practice) -> None:
    for person in practice.people:
        try:
            decide.approve(workspace, action.id, by=person.username, version=action.version, content_hash=action.content_hash)  # type: ignore[arg-type]
        except (NotAllowed, NotDecidable, Conflict):
            continue


def _pages(workspace: object, actions: list[ActionId]) -> dict[str, bytes]:
    client = TestClient(create_app(workspace), base_url="http://127.0.0.1:8765")  # type: ignore[arg-type]
    admin = next(person for person in workspace.practice.people if "admin" in person.roles)  # type: ignore[attr-defined]
    token = create_link(workspace, admin.username, by=admin.username)  # type: ignore[arg-type]
    session = use_link(workspace, token, secrets.token_urlsafe(18)).token  # type: ignore[arg-type]
    client.cookies.set("liaison_session", session)
    paths = ["/queue", "/inbox", "/tasks", "/runs", "/audit", "/health", "/people", "/pause", *(f"/actions/{action}" for action in actions)]
    pages = {}
    for path in paths:
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        pages[path] = answer.content
    return pages


def _decoded(message: bytes) -> bytes:
    parts = [part.get_payload(decode=True) for part in message_from_bytes(message).walk() if not part.is_multipart()]
    return message + b"\n".join(part for part in parts if isinstance(part, bytes))


def test_there_was_something_to_leak(exits: Exits) -> None:
    assert len(CANARIES) >= 60
    assert exits.executed > 20
    assert exits.prompts > 5
    assert exits.webhooks > 0
    assert any(name.startswith("checkpoints.db") for name in exits.places)


@pytest.mark.parametrize("canary", CANARIES, ids=[f"{one['label']}-{number}" for number, one in enumerate(CANARIES)])
def test_a_planted_identifier_appears_nowhere(canary: dict[str, str], exits: Exits) -> None:
    value = canary["value"]
    forms = {
        value,
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        value.replace("-", "").replace(" ", "") if value[:1].isdigit() else value,
    }
    needles = {form.encode().lower() for form in forms if len(form) >= 4}

    found = [place for place, body in exits.places.items() if any(needle in body.lower() for needle in needles)]

    assert found == [], f"{canary['label']} from {canary['file']} ({canary['where']})"


def test_mail_is_refused_without_a_baa(exits: Exits) -> None:
    assert exits.mails == 0


def test_the_handoff_webhook_carries_no_contact(exits: Exits) -> None:
    bodies = [body for name, body in exits.places.items() if name.startswith("webhook")]

    assert bodies
    assert all(b"@" not in body for body in bodies)
    assert all(ActionKind.MQL_HANDOFF.value.encode() in body or b"lead" in body for body in bodies)
