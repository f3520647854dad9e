"""Business hours and response times as `practice.yaml` states them."""

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from policies.leads.business_time import DEFAULT_HOURS, WEEKDAYS, Calendar, hours_of
from policies.leads.sla import Sla, Term
from policies.records import Record


class BusinessHours(Record):
    """When sales answers there, on the location's own clock: `days: {mon: "08:00-18:00", sat: "09:00-13:00"}`; a day not named is closed.

    Without `days` Monday to Friday 08:00-18:00. `closed` are further days off; US federal holidays are unless `federal_holidays` is false.
    """

    days: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], str] | None = None
    closed: tuple[date, ...] = ()
    federal_holidays: bool = True

    @model_validator(mode="after")
    def _opens(self) -> "BusinessHours":
        self.calendar(ZoneInfo("UTC"))
        return self

    def calendar(self, zone: ZoneInfo) -> Calendar:
        named = DEFAULT_HOURS if self.days is None else {WEEKDAYS.index(day): hours_of(text) for day, text in self.days.items()}
        return Calendar(zone, named, frozenset(self.closed), self.federal_holidays)


class ResponseTime(Record):
    """How soon sales accepts a lead of this line and then first tries to reach it: business minutes, or whole business days."""

    accept_minutes: int | None = Field(None, ge=1, le=10_000)
    accept_days: int | None = Field(None, ge=1, le=60)
    attempt_minutes: int | None = Field(None, ge=1, le=10_000)
    attempt_days: int | None = Field(None, ge=1, le=60)

    @model_validator(mode="after")
    def _one_unit(self) -> "ResponseTime":
        if (self.accept_minutes and self.accept_days) or (self.attempt_minutes and self.attempt_days):
            raise ValueError("give minutes or days, not both")
        return self

    def over(self, usual: Sla) -> Sla:
        """The line's own terms where it states them, `usual` elsewhere."""
        accept = Term(self.accept_minutes or 0, self.accept_days or 0)
        attempt = Term(self.attempt_minutes or 0, self.attempt_days or 0)
        return Sla(accept if any(accept) else usual.accept, attempt if any(attempt) else usual.attempt)
