"""The practice: `practice.yaml` as a typed, closed record. An unknown key, a missing export or a bad value is an error naming file and key."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, AwareDatetime, Field, ValidationError, model_validator

from policies.approval.rules import ApprovalPolicy, Role
from policies.leads.business_time import Calendar
from policies.leads.journeys import MAX_WINDOW_DAYS, default_window
from policies.leads.sla import Sla, sla_of
from policies.records import Channel, Record, Source, Track
from tools.errors import SettingsError
from tools.hours import BusinessHours, ResponseTime
from tools.notifications import Address, MailConfig, Notifications, SlackUser
from tools.sign_in import SignIn

FILE = "practice.yaml"
SHOWN = 5  # mistakes named at once


_zones = cache(available_timezones)  # reads the directories of the zone data each time it is asked


def _known_zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"{value} is not an IANA time zone: write for example America/Chicago")
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]


class Organisation(Record):
    """The sender: what CAN-SPAM and the state boards ask for."""

    name: str
    legal_name: str
    postal_address: str
    reply_to: str
    phone: str
    website: str
    hipaa_regulated: bool = True
    sender_identity_verified: bool = False
    unsubscribe_url: str = ""


class Location(Record):
    key: str
    name: str
    brand: str
    state: str = Field(pattern="^[A-Z]{2}$")
    city: str
    address: str
    zip: str
    phone: str
    timezone: Zone
    business_hours: BusinessHours = BusinessHours()

    def calendar(self) -> Calendar:
        return self.business_hours.calendar(self.zone())

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class ServiceLine(Record):
    key: str
    name: str
    track: Track
    model: str  # file name of the scoring model, without .yaml
    locations: tuple[str, ...]
    paths: tuple[str, ...] = ()  # route prefixes of its pages, e.g. /knee
    terms: tuple[str, ...] = ()  # words that mark it in a query or campaign
    attribution_window_days: int | None = Field(None, ge=1, le=MAX_WINDOW_DAYS)  # None: by its track, key and model
    response: ResponseTime = ResponseTime()  # what is not given: by its model

    def sla(self) -> Sla:
        return self.response.over(sla_of(self.model, self.track))

    def window_days(self) -> int:
        """How many days before a conversion a touch may lie and still be credited, 1-365."""
        referral = ("referral",) if self.track is Track.B2B_REFERRAL else ()
        return self.attribution_window_days or default_window(*referral, self.key, self.model)


class Provider(Record):
    """A clinician as published by the practice: names here are public and survive scrubbing."""

    key: str
    name: str
    credentials: str
    npi: str | None = None
    service_line: str
    location: str
    states: tuple[str, ...]
    board_certification: str | None = None


class Goal(Record):
    service_line: str
    mqls_per_30_days: int = Field(ge=0)
    max_cost_per_mql_usd: float = Field(gt=0)


class Budget(Record):
    monthly_usd: float = Field(ge=0)
    by_channel_usd: dict[Channel, float]
    max_shift_share: float = Field(0.2, ge=0, le=1)

    @model_validator(mode="after")
    def _adds_up(self) -> "Budget":
        if sum(self.by_channel_usd.values()) > self.monthly_usd + 0.005:
            raise ValueError("by_channel_usd adds up to more than monthly_usd: lower a channel or raise the month")
        return self


class IdealCustomer(Record):
    """Closed lists the fit attributes are read against."""

    accepted_payers: tuple[str, ...] = ()
    zip3: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()


class SourceFile(Record):
    """One export of one vendor. `path` is relative to the practice directory and may hold * ; `timezone` is for exports with naive times."""

    source: Source
    path: str
    timezone: Zone = "UTC"
    location: str | None = None
    baa: bool = False


class ChannelConfig(Record):
    sources: tuple[SourceFile, ...]
    schedule: str | None = None  # cron: minute hour day month weekday
    timezone: Zone = "UTC"
    enabled: bool = True

    @model_validator(mode="after")
    def _rings(self) -> "ChannelConfig":
        if self.schedule is not None:
            from tools.cron import trigger  # costs 70 ms, which a practice without schedules need not pay

            trigger(self.schedule, self.timezone)
        return self


class SmtpConfig(Record):
    host: str
    port: int = 25
    starttls: bool = True
    username_env: str | None = None
    password_env: str | None = None
    sender: str
    baa: bool = False
    baa_reference: str | None = None


class WebhookConfig(Record):
    """Standard Webhooks out. `secret_env` names the variable that holds the whsec_… secret."""

    name: str
    url: str
    secret_env: str
    baa: bool = False
    allow_private_network: bool = False


class Webhooks(Record):
    """What holds for the webhooks the desk's administrators add: whether one may point into a private network is for practice.yaml to say."""

    allow_private_network: bool = False


class Destinations(Record):
    smtp: SmtpConfig | None = None
    webhook: WebhookConfig | None = None


class Person(Record):
    """`email` and `slack_user` (the member id, U…) are where this person is notified; without them the bell of the desk tells them."""

    username: str = Field(pattern=r"^[a-z][a-z0-9._-]{1,40}$")
    name: str
    roles: tuple[Role, ...]
    absent_until: AwareDatetime | None = None
    email: Address | None = None
    slack_user: SlackUser | None = None


class Escalation(Record):
    """Who hears of a missed response time: first the sales lead, then the marketing director. None: the first of that role under people."""

    sales_lead: str | None = None
    marketing_director: str | None = None


class Sample(Record):
    """Marks the shipped practice: its dates are shifted so that `last_event_at` is the start of the UTC day of the first run."""

    last_event_at: AwareDatetime


class Practice(Record):
    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")
    organisation: Organisation
    timezone: Zone
    brands: tuple[str, ...]
    locations: tuple[Location, ...]
    service_lines: tuple[ServiceLine, ...]
    providers: tuple[Provider, ...]
    campaigns: dict[str, str] = Field(default_factory=dict)  # campaign name or id in the exports -> service line key
    goals: tuple[Goal, ...] = ()
    budget: Budget
    ideal_customer: IdealCustomer = IdealCustomer()
    channels: dict[Channel, ChannelConfig]
    destinations: Destinations = Destinations()
    webhooks: Webhooks = Webhooks()
    people: tuple[Person, ...]
    approval_policy: ApprovalPolicy
    sign_in: SignIn = SignIn()
    escalation: Escalation = Escalation()
    notifications: Notifications = Notifications()
    policies: tuple[str, ...] = ()  # the practice's own rule packs, relative paths
    recognisers: tuple[str, ...] = ()  # module:function of bigger PHI recognisers, see docs/phi.md
    model_signatures: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # model name -> usernames that signed it
    sample: Sample | None = None

    @model_validator(mode="after")
    def _references_resolve(self) -> "Practice":
        locations = {location.key for location in self.locations}
        lines = {line.key for line in self.service_lines}
        for provider in self.providers:
            if provider.location not in locations or provider.service_line not in lines:
                raise ValueError(f"providers.{provider.key}: location or service_line is not defined in this file")
        for line in self.service_lines:
            if missing := set(line.locations) - locations:
                raise ValueError(f"service_lines.{line.key}.locations: {sorted(missing)} are not defined under locations")
        for goal in self.goals:
            if goal.service_line not in lines:
                raise ValueError(f"goals: service_line {goal.service_line} is not defined")
        usernames = [person.username for person in self.people]
        for model, signers in self.model_signatures.items():
            if strangers := sorted(set(signers) - set(usernames)):
                raise ValueError(f"model_signatures.{model}: {strangers[0]} is not a username under people")
        for key, username in self.escalation.model_dump().items():
            if username is not None and username not in usernames:
                raise ValueError(f"escalation.{key}: {username} is not a username under people")
        strangers = sorted(set(self.sign_in.oidc.people.values()) - set(usernames)) if self.sign_in.oidc else []
        if strangers:
            raise ValueError(f"sign_in.oidc.people: {strangers[0]} is not a username under people")
        if len(usernames) != len(set(usernames)):
            raise ValueError("people: two people share one username")
        members = [person.slack_user for person in self.people if person.slack_user]
        if len(members) != len(set(members)):
            raise ValueError("people: two people share one slack_user, so a decision in Slack would have no one author")
        return self

    def line(self, key: str) -> ServiceLine:
        return next(line for line in self.service_lines if line.key == key)

    def calendar(self, line: str, location: str | None) -> Calendar:
        """The hours of `location` if the line is served there, else of the line's first location, else of the practice's own time zone."""
        served = next((one.locations for one in self.service_lines if one.key == line), ())
        key = location if location in served else next(iter(served), None)
        return self.location(key).calendar() if key else Calendar(ZoneInfo(self.timezone))

    def sla(self, line: str, track: Track) -> Sla:
        """The response times of a line; of one the practice no longer has, those of its name."""
        found = next((one for one in self.service_lines if one.key == line), None)
        return found.sla() if found else sla_of(line, track)

    def day(self, at: datetime) -> tuple[datetime, datetime]:
        """The practice's own day around `at`: its midnight and the next one, 23 or 25 hours later when the clocks change."""
        midnight = at.astimezone(ZoneInfo(self.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight, midnight + timedelta(days=1)

    def location(self, key: str) -> Location:
        return next(location for location in self.locations if location.key == key)

    def mail_relay(self) -> MailConfig | None:
        """What carries notices: its own server if there is one, else the server of the nurture mails; None without `desk_url`."""
        own, relay = self.notifications.smtp, self.destinations.smtp
        if own or relay is None or self.notifications.desk_url is None:
            return own
        shared = relay.model_dump(exclude={"baa", "baa_reference", "sender"})
        return MailConfig(**shared, sender=relay.sender.rpartition("<")[2].strip("> "))

    def person(self, username: str) -> Person | None:
        return next((person for person in self.people if person.username == username), None)


class _OneKeyLoader(yaml.SafeLoader):
    """A SafeLoader that refuses the same key twice: the later one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "this key stands twice", key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def load_practice(directory: Path) -> Practice:
    """Read `practice.yaml` in `directory`. Raises SettingsError naming the file, the key and how to mend it."""
    path = directory / FILE
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_OneKeyLoader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist: name the practice directory with --practice, or make one with liaison init DIR"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise SettingsError(f"{path}{f', line {mark.line + 1}' if mark else ''} is not YAML: {_problem(error)}") from None
    if not isinstance(body, dict):
        raise SettingsError(f"{path} is not a mapping of keys: start from the file that liaison init DIR writes")
    try:
        return Practice.model_validate(body)
    except ValidationError as error:
        # A misspelt key is both unknown and missing: the unknown one is the one to mend.
        found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        told = [": ".join(filter(None, (".".join(map(str, one["loc"])), _mend(one["type"], one["msg"])))) for one in found[:SHOWN]]
        more = f" (and {len(found) - SHOWN} more)" if len(found) > SHOWN else ""
        raise SettingsError(f"{path}: {'; '.join(told)}{more}") from None


def _problem(error: Exception) -> str:
    twice = getattr(error, "problem", "") == "this key stands twice"
    return "this key stands twice: keep one" if twice else "mend its indentation or quotes"


def _mend(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key: remove it or correct its spelling"
    if kind == "missing":
        return "this key is missing: add it"
    return message.removeprefix("Value error, ")
