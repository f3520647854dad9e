"""The REST API as an app of its own under `/api`: bearer tokens instead of cookies, problems instead of pages, and the document of it all."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from approvals.tokens import Scope
from approvals.web.api import actions, audit, insight, items, me, once, operations, own, policy, proof, sales, webhooks, who
from approvals.web.api.access import Throttle
from approvals.web.api.limits import Limits
from approvals.web.api.problems import ProblemDetail, documented, handle

VERSION = "1"
PREFIX = "/v1"
ROUTERS: tuple[APIRouter, ...] = (
    *(me.token, actions.queue, own.views, actions.actions, items.actions, items.absences),
    *(proof.evidence, proof.rules, policy.policy, audit.audit),
    *(sales.leads, who.leads, insight.practices, sales.sales, sales.tasks),
    *(insight.pictures, insight.brief),
    *(operations.runs, operations.pauses, operations.house),
    *(own.notices, webhooks.webhooks),
)
TAGS = {
    "token": "Whose token this is.",
    "queue": "What waits for a decision, riskiest and oldest first.",
    "actions": "One item: what is proposed, what the rules say, and the decisions about it.",
    "absences": "Who is away, and who stands in.",
    "evidence": "Proofs that somebody verified, and what they clear.",
    "rules": "The compliance rules in force.",
    "policy": "Who must approve what, ceilings, and levels of autonomy. Raising a level is done at the page.",
    "audit": "What happened, hash-chained; its signed export.",
    "leads": "Who stands highest, and why. No contact.",
    "practices": "Referring practices: what their contacts are worth together, and who of us has whom.",
    "sales": "Handoffs: accept, attempt, qualify, outcome, give back, reveal.",
    "tasks": "Approved work for a person.",
    "pictures": "What came of the work, as numbers.",
    "brief": "The week in numbers and sentences.",
    "runs": "Passes over the channels.",
    "pauses": "The switches that stop one channel, or everything.",
    "house": "Health and people.",
    "notices": "What you were told, and how you want to be told.",
    "webhooks": "Who is told of what, and whether it arrives. Secrets are made at the page.",
}
ONCE: dict[str, Any] = {
    "name": once.HEADER,
    "in": "header",
    "required": False,
    "description": "Yours for this one request: sent again within a day, it is answered as the first time and nothing is done again",
    "schema": {"type": "string", "pattern": once.PATTERN, "maxLength": 80},
}
ABOUT = """\
Everything the desk's pages do, for programs. A request carries an API token of a person (`Authorization: Bearer liaison_…`) and may never do
more than that person may at that moment; four eyes are two people, whatever they decide with.

Lists are pages: send `next` back as `cursor`. A decision names the `version` and `content_hash` it is about, and a 409 says who was first.
Every refusal is `application/problem+json` (RFC 9457) and says what happened, where, and how to mend it. Times are UTC, money is US dollars.
Nothing here holds a contact, except the one answer that reveals it to somebody with the right.
"""


def create_api(desk: Any, *, requests_per_minute: int) -> FastAPI:
    """The API over the same desk the pages stand on; mounted at `/api`."""
    api = FastAPI(title="Liaison", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    api.state.desk = desk
    api.state.throttle = Throttle(requests_per_minute)
    for router in ROUTERS:
        api.include_router(router, prefix=PREFIX)
    api.state.paths = [(compile_path(PREFIX + route.path)[0], route.methods) for route in _routes()]
    api.add_api_route("/openapi.json", _document, methods=["GET"], include_in_schema=False)
    handle(api)
    api.add_middleware(Limits)
    return api


def document(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `api`, the same on every host."""
    if api.openapi_schema is None:
        found = get_openapi(
            title="Liaison, the approvals desk",
            version=VERSION,
            description=ABOUT,
            routes=api.routes,
            tags=[{"name": name, "description": said} for name, said in TAGS.items()],
            servers=[{"url": "/api", "description": "This desk"}],
        )
        schemas = found["components"]["schemas"]
        schemas["ProblemDetail"] = ProblemDetail.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schemas["ProblemDetail"].pop("$defs", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        _complete(found)
        api.openapi_schema = found
    return api.openapi_schema


def _complete(found: dict[str, Any]) -> None:
    """Say at each operation which scope its token needs, in words and as `x-scope`, and that a POST may carry a key of its own."""
    scopes = {route.operation_id: _scope(route) for route in _routes()}
    for path in found["paths"].values():
        for method, operation in path.items():
            if method == "post":
                operation.setdefault("parameters", []).append(ONCE)
                operation["responses"].setdefault("409", documented(409)[409])
            scope = scopes[operation["operationId"]]
            said = f"Scope: `{scope}`." if scope else "Any valid token."
            operation["description"] = f"{operation['description']}\n\n{said}" if operation.get("description") else said
            operation["x-scope"] = scope


def _routes() -> list[APIRoute]:
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _scope(route: APIRoute) -> str | None:
    """Which scope its guard asks for; None: any valid token."""
    scopes: list[Scope | None] = [one.call.scope for one in route.dependant.dependencies if one.call and hasattr(one.call, "scope")]
    return next((scope.value for scope in scopes if scope), None)


def _document(request: Request) -> JSONResponse:
    """Says nothing of the practice, so it needs no token."""
    return JSONResponse(document(request.app))
