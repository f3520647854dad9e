"""`notifications:` of practice.yaml: by what people of the practice are told outside the desk. Secrets are named by their variables only."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from policies.records import Record

SLACK_API = "https://slack.com/api"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=120)]
SlackUser = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{5,20}$")]
SlackChannel = Annotated[str, StringConstraints(pattern=r"^[CGD][A-Z0-9]{5,20}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,80}$")]


def _safe_url(value: str) -> str:
    """https, or http on this machine (a loopback server of a test, a desk behind a proxy on the same host)."""
    url = urlsplit(value)
    if not url.hostname or url.query or url.fragment or url.username:
        raise ValueError("write an address such as https://desk.example.org, without a query and without a name in it")
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise ValueError("write https://: http is for this machine only")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_safe_url)]


class MailConfig(Record):
    """The server that carries notices. They hold no PHI, so it needs no BAA."""

    host: str = Field(min_length=1)
    port: int = Field(25, ge=1, le=65535)
    starttls: bool = True
    username_env: Variable | None = None
    password_env: Variable | None = None
    sender: Address


class SlackConfig(Record):
    """`channel` gets what concerns everybody; people get what concerns them as a direct message."""

    bot_token_env: Variable
    signing_secret_env: Variable
    channel: SlackChannel | None = None
    base_url: Url = SLACK_API


class Notifications(Record):
    """`desk_url`: where the desk is reached from outside; every link starts with it. No `smtp` = `destinations.smtp` carries the mails."""

    desk_url: Url | None = None
    smtp: MailConfig | None = None
    slack: SlackConfig | None = None

    @model_validator(mode="after")
    def _links_lead_somewhere(self) -> "Notifications":
        if (self.smtp or self.slack) and self.desk_url is None:
            raise ValueError("desk_url is missing: notices are links to the desk, so say where people reach it")
        return self
