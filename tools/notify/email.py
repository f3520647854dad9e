"""A notice or digest as a mail: text and a plain table, no picture, nothing remote, no tracking. Sent at least once, always under one Message-ID."""

import asyncio
from collections.abc import Collection
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from pydantic import SecretStr

from tools.egress import DestinationPolicy, Egress
from tools.notifications import MailConfig
from tools.notify.port import Entry, Letter, NotDelivered

TIMEOUT_S = 30.0
DESTINATION = "notification:email"
BODY_STYLE = "font:16px/1.5 sans-serif;color:#1b2a33"
TABLE_STYLE = "border-collapse:collapse;width:100%;max-width:640px"
CELL_STYLE = "border-top:1px solid #dbe1e0"
QUIET_STYLE = "color:#52626c;font-size:14px"
FOOT = "Links open the desk; nothing is decided by opening one. Choose what is sent to you:"


class EmailSender:
    def __init__(self, config: MailConfig, egress: Egress, *, username: SecretStr | None, password: SecretStr | None) -> None:
        self._config = config
        self._egress = egress
        self._username = username
        self._password = password

    @property
    def address(self) -> str:
        """Who the mails are from."""
        return self._config.sender

    def send(self, letter: Letter, *, to: str) -> str:
        """The Message-ID. Raises NotDelivered, or EgressRefused when the guard objects."""
        message = composed(letter, sender=self._config.sender, to=to)
        return self.send_message(message, id_=letter.message, own=(*letter.filled, BODY_STYLE, TABLE_STYLE, CELL_STYLE, QUIET_STYLE))

    def send_message(self, message: EmailMessage, *, id_: str, own: Collection[str]) -> str:
        """`message`, to whom it names, as our message `id_`. `own`: what the practice itself wrote in it. Returns and raises as `send` does."""
        if (self._config.username_env and not self._username) or (self._config.password_env and not self._password):
            raise NotDelivered(
                "the user name or password of the mail server is not set: set the variables practice.yaml names, then restart"
            )
        sender, to = self._config.sender, str(message["To"])
        domain = sender.partition("@")[2]
        message["Message-ID"] = f"<{id_}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation reply answers it
        policy = DestinationPolicy(DESTINATION, baa=False)
        body = self._egress.release(policy, subject=id_, body=message.as_bytes(), opaque=(*own, to, sender, domain))
        asyncio.run(self._send(to, body))
        return str(message["Message-ID"])

    async def _send(self, to: str, body: bytes) -> None:
        import aiosmtplib

        config = self._config
        client = aiosmtplib.SMTP(hostname=config.host, port=config.port, timeout=TIMEOUT_S, start_tls=config.starttls)
        try:
            await client.connect()
            if self._username and self._password:
                await client.login(self._username.get_secret_value(), self._password.get_secret_value())
            await client.mail(config.sender)
            await client.rcpt(to)
            await client.data(body)
        except aiosmtplib.SMTPResponseException as error:
            # 5xx is the server's last word about this mail (RFC 5321 §4.2.1); a wrong password is mended, not given up.
            is_final = error.code >= 500 and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise NotDelivered(
                f"the mail server said {error.code}: check the address in practice.yaml and the server", final=is_final
            ) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"the mail server cannot be reached or hung up ({type(error).__name__}): check notifications.smtp") from None
        finally:
            client.close()


def composed(letter: Letter, *, sender: str, to: str) -> EmailMessage:
    """The message without its Message-ID, the same bytes for the same letter but for the boundary."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message.set_content(_text(letter))
    message.add_alternative(_html(letter), subtype="html")
    return message


def _text(letter: Letter) -> str:
    parts = [f"Hello {letter.greeting},", ""]
    for entry in letter.entries:
        parts += [entry.words.subject, f"  {entry.words.sentence}"]
        parts += [f"  - {item.line}{f' ({item.state})' if item.state else ''}\n    {_url(letter, item.action)}" for item in entry.items]
        parts += [f"  {letter.desk_url}{entry.words.path}", ""]
    if letter.more:
        parts += [f"And {letter.more:,} more: {letter.desk_url}/notices", ""]
    return "\n".join([*parts, FOOT, f"{letter.desk_url}/notices/settings", "", letter.practice, ""])


def _html(letter: Letter) -> str:
    """One table. Every cell ends its line: what is read without the tags must not grow together."""
    rows = "\n".join(_row(letter, entry) for entry in letter.entries)
    more = f'<p>And {letter.more:,} more: <a href="{letter.desk_url}/notices">all notices</a></p>\n' if letter.more else ""
    return (
        f'<!doctype html>\n<html lang="en"><body style="{BODY_STYLE}">\n<p>Hello {escape(letter.greeting)},</p>\n'
        f'<table role="presentation" cellpadding="10" style="{TABLE_STYLE}">\n{rows}\n</table>\n{more}'
        f'<p style="{QUIET_STYLE}">{FOOT}\n<a href="{letter.desk_url}/notices/settings">settings</a></p>\n'
        f'<p style="{QUIET_STYLE}">{escape(letter.practice)}</p>\n</body></html>\n'
    )


def _row(letter: Letter, entry: Entry) -> str:
    words = entry.words
    items = "\n".join(
        f'<li><a href="{_url(letter, item.action)}">{escape(item.line)}</a>{f" ({escape(item.state)})" if item.state else ""}</li>'
        for item in entry.items
    )
    listed = f"\n<ul>\n{items}\n</ul>" if items else ""
    link = f'<a href="{letter.desk_url}{words.path}"><strong>{escape(words.subject)}</strong></a>'
    return f'<tr>\n<td style="{CELL_STYLE}">\n{link}\n<br>\n{escape(words.sentence)}{listed}\n</td>\n</tr>'


def _url(letter: Letter, action: str) -> str:
    return f"{letter.desk_url}/actions/{action}"
