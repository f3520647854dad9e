"""Every picture there is: what it is called, what it means, which filters it takes, what fills it, and the query behind it."""

from collections.abc import Callable
from typing import NamedTuple

from tools.reports.channels import channel_mix, window_effect
from tools.reports.compliance import consent_steps, findings, latency
from tools.reports.funnel import cohorts, funnel
from tools.reports.report import Asked, Filters, Report
from tools.reports.sales import rejections, time_to_mql
from tools.reports.scoring import grid, histogram


class Picture(NamedTuple):
    """`filters` names the fields of `Filters` that change it; `fills` says what has to happen before there is anything to draw."""

    key: str
    title: str
    group: str
    read: Callable[[Asked], Report]
    filters: frozenset[str]
    meaning: str
    fills: str

    def only(self, asked: Filters) -> Filters:
        """`asked` without what this picture does not take, so that equal pictures are computed once."""
        plain = Filters()
        return Filters(*(value if name in self.filters else getattr(plain, name) for name, value in asked._asdict().items()))


_FUNNEL, _SCORING, _CHANNELS, _APPROVAL = "Funnel and cohorts", "Scoring", "Channels", "Approval and compliance"
_LEADS = frozenset({"track", "line", "days"})
_HANDOFFS = frozenset({"track", "line", "location", "days"})
_NOW = frozenset({"track", "line"})
_ITEMS = frozenset({"track", "days"})

PICTURES: tuple[Picture, ...] = (
    Picture(
        "funnel",
        "Funnel per track",
        _FUNNEL,
        funnel,
        _LEADS,
        "Of the people first seen in the period, how many came at least as far as each stage by now. Who skipped a stage counts for it.",
        "It fills with the first run that collects acts of people: liaison run.",
    ),
    Picture(
        "cohorts",
        "MQL to SQL by cohort",
        _FUNNEL,
        cohorts,
        _HANDOFFS,
        "MQLs by the week (or, over a year, the month) they were handed over, and the share that sales made an SQL within 7 to 90 days. "
        "A cell is empty until that time is over for every MQL of its row.",
        "It fills when a run hands over its first MQL; the shares fill when sales qualifies handoffs in the sales inbox.",
    ),
    Picture(
        "time-to-mql",
        "Time to MQL",
        _FUNNEL,
        time_to_mql,
        _HANDOFFS,
        "Days from a person's first act to the day it became an MQL on a service line, for MQLs handed over in the period; first MQL only.",
        "It fills when a run hands over its first MQL.",
    ),
    Picture(
        "rejections",
        "Why sales gives leads back",
        _FUNNEL,
        rejections,
        _HANDOFFS,
        "Reasons from the closed list, the most frequent first, with the running share: the few that matter are where the line is steep.",
        "It fills when sales returns its first handoff with a reason, in the sales inbox.",
    ),
    Picture(
        "scores",
        "Scores, threshold and capacity",
        _SCORING,
        histogram,
        _NOW,
        "Leads by total points now, decay included. The threshold is the one both sides signed; the capacity line stands at the score of the "
        "lead in the place of the line's goal of MQLs in 30 days. Disqualified leads are left out.",
        "It fills when leads act in a way the scoring model knows.",
    ),
    Picture(
        "fit-intent",
        "Fit and intent",
        _SCORING,
        grid,
        _NOW,
        "Leads by quarter of the fit (A best, D least) and of the intent (4 most, 1 least) that their model gives at most, now.",
        "It fills when leads act in a way the scoring model knows.",
    ),
    Picture(
        "channels",
        "Channels by attribution model",
        _CHANNELS,
        channel_mix,
        _HANDOFFS,
        "MQLs of the period divided among the doors their visits came through, by seven models. Credit is not effect: only a holdout shows that. "
        "Each journey is cut to the look-back of its service line.",
        "It fills when a lead with visits on record becomes an MQL.",
    ),
    Picture(
        "windows",
        "What the look-back changes",
        _CHANNELS,
        window_effect,
        _HANDOFFS,
        "The same MQLs under a look-back of 14 to 365 days: the share whose first touch is older, and the Markov credit of each channel.",
        "It fills when a lead with visits on record becomes an MQL.",
    ),
    Picture(
        "latency",
        "How long decisions take",
        _APPROVAL,
        latency,
        _ITEMS,
        "Hours from the moment a version stood in the queue to its approval or rejection, by kind: half, nine of ten, and the longest.",
        "It fills with the first decision in the queue.",
    ),
    Picture(
        "findings",
        "Findings by rule",
        _APPROVAL,
        findings,
        _ITEMS,
        "Items proposed in the period that a rule objected to, by how grave it was. An item counts once per rule.",
        "It fills with the first item that a run proposes.",
    ),
    Picture(
        "consent",
        "Who may be sent email",
        _APPROVAL,
        consent_steps,
        _ITEMS,
        "From everybody first seen in the period to those who said yes to email and have not stopped it since.",
        "It fills with the first run that collects acts of people: liaison run.",
    ),
)

GROUPS = (_FUNNEL, _SCORING, _CHANNELS, _APPROVAL)


def picture(key: str) -> Picture | None:
    return next((one for one in PICTURES if one.key == key), None)
