"""Why a document gives no copy: what is wrong and how to mend it, without the file's name and without any of its words."""

from tools.errors import LiaisonError


class Unreadable(LiaisonError):
    """A file cannot be read as a document. `line` is where, if it is one line's fault."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line
