"""The words of a mail as they leave. One function fills the template in, for the destination that sends it and for the page that shows it.

Knows the tokens and the headers a recipient sees; refuses to know the recipient: a name comes in as a word, and the page passes its token.
"""

import re
from typing import NamedTuple

from policies.actions import Content
from tools.practice import Organisation

FIRST_NAME = "{{first_name}}"
"""What the page gives for a name: the token itself, so that everything but the name reads as it will be sent."""
PREVIEW_LENGTH = 110  # characters a mailbox shows beside the subject; clients differ between about 40 and 140
_TOKEN = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class UnknownTokens(ValueError):
    """The template names tokens nobody fills in; such a mail is refused, never sent with braces in it."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


class Letter(NamedTuple):
    """What the recipient's mailbox gets, apart from the address and the date. `one_click`: RFC 8058, the client itself can unsubscribe."""

    sender: str
    reply_to: str
    subject: str
    body: str
    list_unsubscribe: str
    one_click: bool

    @property
    def preview(self) -> str:
        """The line a mailbox shows beside the subject: the beginning of the text, since the template has no preheader of its own."""
        plain = " ".join(self.body.split())
        return plain if len(plain) <= PREVIEW_LENGTH else plain[:PREVIEW_LENGTH].rsplit(" ", 1)[0] + "…"


def letter_of(content: Content, organisation: Organisation, *, sender: str, first_name: str, execution: str) -> Letter:
    """The mail of one execution. Raises UnknownTokens.

    `execution` is the id of the operation: it stands in the link that unsubscribes, and names nobody.
    """
    link, mailto = unsubscribe_link(organisation, execution), _mailto(organisation)
    tokens = {
        "first_name": first_name,
        "unsubscribe_url": link,
        "practice_name": organisation.name,
        "postal_address": organisation.postal_address,
        "phone": organisation.phone,
        "website": organisation.website,
    }
    one_click = bool(organisation.unsubscribe_url)
    return Letter(
        sender=sender,
        reply_to=organisation.reply_to,
        subject=_filled(content.title, tokens),
        body=_filled(content.body, tokens),
        list_unsubscribe=f"<{link}>, <{mailto}>" if one_click else f"<{mailto}>",
        one_click=one_click,
    )


def unsubscribe_link(organisation: Organisation, execution: str) -> str:
    """Opaque: it names the execution, never a person."""
    base = organisation.unsubscribe_url
    return f"{base}{'&' if '?' in base else '?'}e={execution}" if base else _mailto(organisation)


def _mailto(organisation: Organisation) -> str:
    return f"mailto:{organisation.reply_to}?subject=unsubscribe"


def _filled(template: str, tokens: dict[str, str]) -> str:
    if unknown := sorted({name for name in _TOKEN.findall(template) if name not in tokens}):
        raise UnknownTokens(unknown)
    return _TOKEN.sub(lambda found: tokens[found[1]], template)
