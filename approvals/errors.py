"""Why an approval step was refused. `tools/errors.py` has the rest: NotFound (404), Conflict (409: somebody was first)."""

from tools.errors import LiaisonError


class NotAllowed(LiaisonError):
    """This person may not do this: wrong role, author of the text, or a policy that names nobody. HTTP 403."""


class NotDecidable(LiaisonError):
    """The item cannot be decided as it stands: a rule blocks it, it expired, or a field is wrong. HTTP 422."""
