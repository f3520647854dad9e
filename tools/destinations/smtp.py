"""Email over SMTP: one message to one person, sent once. The contact is opened at the moment of sending, and only with a BAA on file.

`tools/letter.py` has the words; this knows what a cut connection means: before DATA nothing was sent; from DATA on, without an answer, nobody
can tell.
"""

from email.message import EmailMessage
from email.utils import format_datetime

from pydantic import SecretStr

from policies.actions import Receipt
from policies.records import Contact, person_name
from tools.destinations.port import Order
from tools.egress import DestinationPolicy, Egress
from tools.errors import DestinationRefused, EffectUnknown
from tools.letter import UnknownTokens, letter_of, unsubscribe_link
from tools.practice import Practice, SmtpConfig

TIMEOUT_S = 30.0
NO_FIRST_NAME = "there"


class Smtp:
    embedded = False

    def __init__(
        self, config: SmtpConfig, practice: Practice, egress: Egress, *, username: SecretStr | None, password: SecretStr | None
    ) -> None:
        self._config = config
        self._practice = practice
        self._egress = egress
        self._username = username
        self._password = password

    def perform(self, order: Order) -> Receipt:
        import asyncio

        if not self._config.baa:
            raise self._refused(order, "there is no BAA on file, and a mail needs a contact; sign one and set destinations.smtp.baa")
        if (self._config.username_env and not self._username) or (self._config.password_env and not self._password):
            raise self._refused(order, "its user name or password is not set; set the variables named under destinations.smtp")
        contact = order.contact()
        if not contact.email:
            raise self._refused(order, "the lead has no email address; reject the item")
        message = self._message(order, contact)
        body = self._egress.release(
            DestinationPolicy("smtp", baa=True),
            subject=order.execution,
            body=message.as_bytes(),
            allowed_values=tuple(value for value in (contact.email, contact.first_name) if value),
            opaque=(order.execution, *self._own_values(order)),
        )
        asyncio.run(self._send(order, contact.email, body))
        return order.receipt("smtp", message["Message-ID"].strip("<>"))

    def read_back(self, order: Order) -> None:
        return None  # SMTP has no reading side

    def _message(self, order: Order, contact: Contact) -> EmailMessage:
        first_name = person_name(contact.first_name) or NO_FIRST_NAME
        try:
            letter = letter_of(
                order.action.content,
                self._practice.organisation,
                sender=self._config.sender,
                first_name=first_name,
                execution=order.execution,
            )
        except UnknownTokens as unknown:
            raise self._refused(order, f"its text has unknown tokens ({unknown}); edit it") from None
        message = EmailMessage()
        try:
            message["From"] = letter.sender
            message["To"] = contact.email
            message["Reply-To"] = letter.reply_to
            message["Subject"] = letter.subject
            message["Date"] = format_datetime(order.at)
            message["Message-ID"] = f"<{order.execution}@{self._config.sender.rpartition('@')[2].strip('> ')}>"
            message["List-Unsubscribe"] = letter.list_unsubscribe
            if letter.one_click:
                # One-click unsubscribe (RFC 8058): mail clients POST to it; a GET by a link scanner must change nothing.
                message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        except ValueError:  # a line end inside a header
            raise self._refused(order, "a header would hold a line end; edit the subject") from None
        message.set_content(letter.body)
        return message

    def _own_values(self, order: Order) -> tuple[str, ...]:
        """What the practice publishes about itself: it may stand in its own mail."""
        own = self._practice.organisation
        places = (value for place in self._practice.locations for value in (place.name, place.address, place.city, place.zip, place.phone))
        addresses = (self._config.sender, own.reply_to, own.phone, own.website, own.postal_address, own.unsubscribe_url)
        return (
            unsubscribe_link(own, order.execution),
            f"mailto:{own.reply_to}?subject=unsubscribe",
            own.name,
            own.legal_name,
            *addresses,
            *places,
        )

    async def _send(self, order: Order, recipient: str, body: bytes) -> None:
        import aiosmtplib

        client = aiosmtplib.SMTP(hostname=self._config.host, port=self._config.port, timeout=TIMEOUT_S, start_tls=self._config.starttls)
        try:
            await client.connect()
            if self._username and self._password:
                await client.login(self._username.get_secret_value(), self._password.get_secret_value())
            await client.mail(self._config.sender.rpartition("<")[2].strip("> "))
            await client.rcpt(recipient)
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise self._refused(order, f"{_told(error)} before anything was sent; mend it and queue the item again") from None
        try:
            await client.data(body)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            raise self._refused(order, f"the server said {error.code} to the message; mend it and queue the item again") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise EffectUnknown(
                f"smtp: the connection broke while {order.execution} was sent ({_told(error)}): look for its Message-ID in the server's log"
            ) from None
        # It is accepted: a server that hangs up without answering QUIT changes nothing.
        client.close()

    def _refused(self, order: Order, why: str) -> DestinationRefused:
        return DestinationRefused(f"smtp refused {order.execution}: {why}")


def _told(error: Exception) -> str:
    """The error's class and SMTP code; its text may hold the recipient."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
