"""Single sign-on: away to the provider and back. Both ways are a page of ours that leads on, never a redirect out of a form.

A form's redirect to another site would need that site in the form-action of every page's policy; and coming back, the browser holds back its
strict cookies until a page of ours asks. The answer itself is taken by a POST: a GET changes nothing, here too.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import SignInRefused, oidc
from approvals.web import cookies
from approvals.web.desk import desk_of, local_path, posted_by_either, see_other
from approvals.web.views.signin import STEP_S, door, entered
from tools.egress import Egress
from tools.errors import NotFound, SettingsError
from tools.oidc import Provider
from tools.settings import secret
from tools.workspace import Workspace

router = APIRouter()
RETURN = "/signin/oidc/return"


Form = Annotated[dict[str, str], Depends(posted_by_either)]


@router.post("/signin/oidc")
def depart(request: Request, form: Form) -> Response:
    desk, to = desk_of(request), local_path(form.get("next"))
    provider = provider_of(request)
    back = f"{str(request.base_url).rstrip('/')}{RETURN}"
    again = form.get("again") == "yes"
    try:
        left = oidc.depart(desk.workspace, provider, redirect_uri=back, to=to, again=again, origin=cookies.origin_of(request))
    except SignInRefused as error:
        return door(request, to=to, refused=error)
    page = desk.page(request, "onward.html", is_reveal=True, address=left.address, name=provider.config.name)
    cookies.put(request, page, cookies.FLOW, left.browser, seconds=STEP_S)
    return page


@router.get(RETURN)
def show_return(request: Request, state: str = "", code: str = "", iss: str = "", error: str = "") -> Response:
    """Where the provider sends the browser. Asks it to come again from here, by itself where scripts run."""
    desk = desk_of(request)
    if not state or desk.workspace.practice.sign_in.oidc is None:
        return see_other("/signin")
    answer = {"state": state[:400], "code": code[:4000], "iss": iss[:400], "error": "refused" if error else ""}
    return desk.page(request, "returned.html", is_reveal=True, answer=answer, name=desk.workspace.practice.sign_in.oidc.name)


@router.post(RETURN)
def arrive(request: Request, form: Form) -> Response:
    desk = desk_of(request)
    provider = provider_of(request)
    answer = oidc.Answer(*(form.get(name, "") for name in oidc.Answer._fields))
    browser = cookies.read(request, cookies.FLOW) or ""
    try:
        arrival = oidc.arrive(desk.workspace, provider, answer, browser=browser, origin=cookies.origin_of(request))
    except SignInRefused as error:
        return door(request, to="/", refused=error)
    return entered(request, arrival.entrance, to=arrival.to)


def provider_for(ws: Workspace) -> Provider | None:
    """The practice's provider, not yet asked for anything."""
    config = ws.practice.sign_in.oidc
    if config is None:
        return None
    found = secret(config.client_secret_env) if config.client_secret_env else None
    if config.client_secret_env and found is None:
        raise SettingsError(
            f"sign_in.oidc: {config.client_secret_env} is not set; set the client's secret there, or remove client_secret_env"
        )
    return Provider(config, found, Egress(ws.scrubber, ws.database, ws.clock), ws.clock)


def provider_of(request: Request) -> Provider:
    """Raises NotFound where the practice has none."""
    found: Provider | None = request.app.state.provider
    if found is None:
        raise NotFound("single sign-on is not set up here: sign in with your user name and password")
    return found
