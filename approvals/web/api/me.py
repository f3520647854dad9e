"""The token itself: whose it is and what it may do now. A token cannot make or widen tokens; a person does, on the page."""

from approvals.web.api.access import Anybody
from approvals.web.api.common import router
from approvals.web.api.schemas import Me

token = router("token")


@token.get("/me", operation_id="getMe", summary="Whose token this is, and what it may do now")
def get_me(me: Anybody) -> Me:
    bearer = me.bearer
    return Me(token=bearer.token, username=bearer.username, name=bearer.name, roles=bearer.roles, scopes=tuple(sorted(bearer.scopes)))
