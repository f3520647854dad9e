"""The desk's cookies and where a request comes from. Over https a cookie's name begins with __Host-: no other host can set it, and no path.

All are HttpOnly and SameSite=Strict: none leaves with a request that another site began, so the page that a provider sends people back to asks
the browser to come again from here.
"""

from fastapi import Request
from starlette.responses import Response

from approvals.identity import Origin

SESSION = "liaison_session"
FORM = "liaison_form"
STEP = "liaison_step"
FLOW = "liaison_flow"

# The first match says it: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
             ("Chrome", "Chrome"), ("Chromium", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("CrOS", "ChromeOS"),
            ("Linux", "Linux"))  # fmt: skip


def name_of(request: Request, cookie: str) -> str:
    return f"__Host-{cookie}" if is_https(request) else cookie


def read(request: Request, cookie: str) -> str | None:
    return request.cookies.get(name_of(request, cookie))


def put(request: Request, response: Response, cookie: str, value: str, *, seconds: int | None = None) -> None:
    response.set_cookie(
        name_of(request, cookie), value, max_age=seconds, path="/", httponly=True, samesite="strict", secure=is_https(request)
    )


def drop(request: Request, response: Response, cookie: str) -> None:
    response.delete_cookie(name_of(request, cookie), path="/", httponly=True, samesite="strict", secure=is_https(request))


def is_https(request: Request) -> bool:
    return request.url.scheme == "https"


def origin_of(request: Request) -> Origin:
    """The peer's address (the proxy's word for it only where the proxy is trusted) and the browser's family."""
    return Origin(address=request.client.host if request.client else "", agent=family(request.headers.get("user-agent", "")))


def family(user_agent: str) -> str:
    """ "Firefox on Windows"; nothing of a user agent that could tell two people of one office apart."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "another browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
