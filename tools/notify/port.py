"""What a message to a person of the practice is made of, and what goes wrong. Built from typed words only, never from content."""

from datetime import datetime
from typing import NamedTuple

from policies.notices import Words
from tools.errors import LiaisonError


class NotDelivered(LiaisonError):
    """It was not accepted. `final`: trying again would not help. `wait_s`: what the server asked for. The text names no person."""

    def __init__(self, what: str, *, final: bool = False, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.final = final
        self.wait_s = wait_s


class Item(NamedTuple):
    """One item of a notice. `state` says what became of it, "" while it waits; `decidable`: Slack may offer to decide it."""

    action: str
    version: int
    line: str
    state: str = ""
    decidable: bool = False


class Entry(NamedTuple):
    """One notice: its words and, where there are several, the items it names."""

    key: str
    words: Words
    items: tuple[Item, ...] = ()


class Letter(NamedTuple):
    """One message: to whom, what, and where its links lead. `message` is the same at every attempt. `greeting` and `practice` are names."""

    message: str
    at: datetime
    subject: str
    practice: str
    greeting: str
    entries: tuple[Entry, ...]
    more: int
    desk_url: str

    @property
    def filled(self) -> tuple[str, ...]:
        """The names, times, ids and addresses of ours that stand in it: what the guard need not ask about."""
        foot = [f"{self.desk_url}/notices", f"{self.desk_url}/notices/settings"]
        own = [self.message, self.practice, self.greeting, self.desk_url, self.desk_url.partition("//")[2], *foot]
        for entry in self.entries:
            pages = [entry.words.path, *(f"/actions/{item.action}" for item in entry.items)]
            own += [*entry.words.filled, *pages, *(self.desk_url + page for page in pages), *(item.action for item in entry.items)]
        return tuple(value for value in own if value)
