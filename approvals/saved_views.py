"""Views of the queue that people keep under a name. Whose they are is the person's own business; what an address asks for is the page's."""

from urllib.parse import parse_qsl

from approvals.errors import NotDecidable
from tools.errors import Conflict, NotFound
from tools.store import views
from tools.store.views import View
from tools.workspace import Workspace


def save(ws: Workspace, name: str, query: str, *, by: str, is_shared: bool) -> View:
    """Keep `query`, the tail of the queue's address, under a name of this person. Raises NotDecidable, Conflict."""
    named = ws.scrubber.scrub(" ".join(name.split())).text[: views.NAME_MAX]
    if not named:
        raise NotDecidable("a saved view needs a name: say what it shows, for example Replies in Texas")
    if any(ws.scrubber.scan(value) for _, value in parse_qsl(query.removeprefix("?"))):
        raise NotDecidable(
            "the search of this view looks like a name, number or address of somebody, which is not kept: search for an item's number"
        )
    view = View(owner=by, name=named, query=query[: views.QUERY_MAX], is_shared=is_shared)
    with ws.database.write() as connection:
        if not views.save_view(connection, view, at=ws.clock()):
            raise Conflict(f"you have a view called {named} already: choose another name, or remove that one first")
    return view


def remove(ws: Workspace, name: str, *, by: str) -> None:
    """Forget a view of this person. Raises NotFound."""
    with ws.database.write() as connection:
        if not views.delete_view(connection, owner=by, name=name):
            raise NotFound("there is no view of yours with this name: open the queue again")
