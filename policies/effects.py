"""What an action is expected to bring, with the sum behind it; or, plainly, that nobody can say. Knows figures, no store and no page.

Every prediction continues the window the agent read at its own rate. That is arithmetic, not a model: it says what happens if the next month is
like the last, and each result carries the assumption it rests on.
"""

from collections.abc import Callable, Mapping

from policies.actions import ActionKind
from policies.records import Record, Scalar

DAYS = 30
ENOUGH = 20  # outcomes below which a rate says more about chance than about the practice


class Known(Record):
    """What the store adds to the proposal's own figures. Counts of the look-back window; None = nobody counted.

    `mails_sent`, `mails_clicked`: mails of this practice. `handed_over`, `became_sql`: handoffs of the line that sales decided, and how many of
    them became an SQL. `worth_usd`: what the practice pays at most for one MQL of the line.
    """

    mails_sent: int = 0
    mails_clicked: int = 0
    handed_over: int = 0
    became_sql: int = 0
    worth_usd: float | None = None


class Effect(Record):
    """`said` is the expectation in one sentence and `sums` the arithmetic, line by line; where `said` is empty, `none` says why."""

    said: str = ""
    sums: tuple[str, ...] = ()
    assumes: str = ""
    none: str = ""


def predicted(kind: ActionKind, fields: Mapping[str, Scalar], known: Known | None = None) -> Effect:
    """The expected effect of one action over the next 30 days. Never raises: figures that are missing give an effect with `none`."""
    return _PREDICTIONS[kind](fields, known or Known())


def _negatives(fields: Mapping[str, Scalar], _: Known) -> Effect:
    cost, days = _number(fields, "cost_usd"), _number(fields, "days")
    if cost is None or not days:
        return Effect(none="the item does not say over how many days its clicks were counted")
    saved = cost / days * DAYS
    return Effect(
        said=f"About {_usd(saved)} less spent on clicks that bring nothing, each {DAYS} days",
        sums=(f"{_usd(cost)} spent on these searches in {days:,.0f} days", f"{_usd(cost)} ÷ {days:,.0f} × {DAYS} = {_usd(saved)}"),
        assumes="people go on searching as they did",
    )


def _shift(fields: Mapping[str, Scalar], _: Known) -> Effect:
    amount = _number(fields, "amount_usd")
    dear, cheap = _number(fields, "from_cost_per_conversion_usd"), _number(fields, "to_cost_per_conversion_usd")
    if amount is None or not cheap:
        return Effect(none="the item does not hold what a conversion costs in the two campaigns")
    won, lost = amount / cheap, amount / dear if dear else 0.0
    return Effect(
        said=f"About {won - lost:,.0f} more conversions a month for the same money",
        sums=(
            f"gained: {_usd(amount)} ÷ {_usd(cheap)} per conversion = {won:,.1f}",
            f"given up: {_usd(amount)} ÷ {_usd(dear)} per conversion = {lost:,.1f}" if dear else "given up: none, it brought no conversion",
        ),
        assumes="the next dollar brings what the average one did; usually it brings less",
    )


def _landing(fields: Mapping[str, Scalar], _: Known) -> Effect:
    landings, rate, average = (_number(fields, name) for name in ("landings", "conversion_rate", "average_rate"))
    if landings is None or rate is None or average is None:
        return Effect(none="the item does not hold the average rate to compare the page with")
    more = max(average - rate, 0.0) * landings
    return Effect(
        said=f"About {more:,.0f} more requests in a window like this one, if the page becomes average",
        sums=(f"({average:.1%} − {rate:.1%}) × {landings:,.0f} visitors = {more:,.1f}",),
        assumes="the page is what holds visitors back, and the same number of them arrive",
    )


def _mail(_: Mapping[str, Scalar], known: Known) -> Effect:
    if known.mails_sent < ENOUGH:
        return Effect(none=f"fewer than {ENOUGH} mails are on record to take a rate from")
    rate = known.mails_clicked / known.mails_sent
    return Effect(
        said=f"A chance of about {rate:.1%} that this person follows a link in it",
        sums=(f"{known.mails_clicked:,} of {known.mails_sent:,} mails were clicked = {rate:.1%}",),
        assumes="this mail does as the practice's mails did",
    )


def _handoff(_: Mapping[str, Scalar], known: Known) -> Effect:
    worth = (
        (f"the practice pays at most {_usd(known.worth_usd)} for one MQL of this line (practice.yaml goals)",) if known.worth_usd else ()
    )
    if known.handed_over < ENOUGH:
        return Effect(none=f"sales has decided {known.handed_over} handoffs of this line; {ENOUGH} are needed for a rate", sums=worth)
    rate = known.became_sql / known.handed_over
    return Effect(
        said=f"A chance of about {rate:.0%} that sales makes it an SQL",
        sums=(f"{known.became_sql:,} of {known.handed_over:,} handoffs of this line became an SQL = {rate:.0%}", *worth),
        assumes="this lead is like those before it",
    )


def _nobody_knows(why: str) -> Callable[[Mapping[str, Scalar], Known], Effect]:
    return lambda fields, known: Effect(none=why)


_PREDICTIONS: dict[ActionKind, Callable[[Mapping[str, Scalar], Known], Effect]] = {
    ActionKind.NEGATIVE_KEYWORDS: _negatives,
    ActionKind.BUDGET_SHIFT: _shift,
    ActionKind.LANDING_PAGE_FIX: _landing,
    ActionKind.NURTURE_EMAIL: _mail,
    ActionKind.MQL_HANDOFF: _handoff,
    ActionKind.QUERY_COVERAGE: _nobody_knows("a page that is not written yet has no rate; measure it after four weeks"),
    ActionKind.REVIEW_REPLY: _nobody_knows("no export says what a reply to a review brings"),
    ActionKind.COMMENT_REPLY: _nobody_knows("no export says what a reply to a comment brings"),
    ActionKind.PROFILE_CORRECTION: _nobody_knows("the exports count who saw the profile, not who was led astray by it"),
    ActionKind.VIDEO_METADATA: _nobody_knows("credits are owed to the reader; no export says what they bring"),
    ActionKind.SUPPRESSION: _nobody_knows("it is owed, not expected to bring anything"),
    ActionKind.PLAN_BUDGET: _nobody_knows("the plan's reasons give the cost per MQL of each channel; what more money buys is not known"),
}
if _PREDICTIONS.keys() != set(ActionKind):
    raise RuntimeError(f"policies/effects.py lacks {sorted(set(ActionKind) - _PREDICTIONS.keys())}")


def _number(fields: Mapping[str, Scalar], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _usd(amount: float | None) -> str:
    return f"${amount or 0.0:,.2f}".removesuffix(".00")
