"""Google search: negative keywords, a budget shift inside a service line, a landing-page fix, and pages for queries nobody answers.

Reads sums only: one pass over the window, memory by distinct term, campaign, route and visitor. Queries seen fewer than 11 times are never
named, because a rare query can be somebody's own words.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from agents.context import Candidate, Context, best, quarter, signed, track_of
from agents.prompts import INSTRUCTIONS
from policies.actions import ActionKind, Content, Proposal, Risk
from policies.records import Channel, Engagement, EngagementKind, Scalar
from policies.spoken import counted
from tools.goals import month, usd
from tools.llm import DraftRequest

SMALL_COUNT = 11  # a query needs this many impressions to be named at all (cohort floor of the rule catalogue)
MIN_COVERAGE_IMPRESSIONS = 50
MIN_CAMPAIGN_CLICKS = 30
MIN_LANDINGS = 40
WORSE_BY = 1.5  # the worse campaign's cost per conversion must be this many times the better one's
LOW_SHARE = 0.5  # a landing page is weak below this share of the average conversion rate
MAX_TERMS = 25

IRRELEVANT: dict[str, re.Pattern[str]] = {
    "job seekers": re.compile(r"\b(?:jobs?|salar(?:y|ies)|hiring|careers?|resume|internships?|vacanc(?:y|ies)|trabajos?|empleos?)\b", re.I),
    "looking for something free": re.compile(r"\b(?:free|gratis|no cost|charity)\b", re.I),
    "doing it themselves": re.compile(r"\b(?:diy|do it yourself|home ?made|at home|home remed(?:y|ies)|kits?)\b", re.I),
    "students": re.compile(r"\b(?:schools?|courses?|degree|certification|residency|textbook|definition|wikipedia|pdf)\b", re.I),
    "pictures and media": re.compile(r"\b(?:clip ?art|images?|pictures?|memes?|cartoons?|stock photos?)\b", re.I),
    "animals": re.compile(r"\b(?:dogs?|cats?|pets?|vet(?:erinary|erinarian)?s?|horses?)\b", re.I),
}

CONVERSIONS = frozenset(
    {
        EngagementKind.APPOINTMENT_REQUEST,
        EngagementKind.CALLBACK_REQUEST,
        EngagementKind.SCHEDULING_STARTED,
        EngagementKind.TRACKED_CALL,
        EngagementKind.REFERRAL_FORM,
        EngagementKind.PEER_CALL_REQUEST,
    }
)
HOME = "/"  # Search Console names the home page for a query that no page of its own answers


@dataclass
class _Spend:
    clicks: float = 0.0
    cost_usd: float = 0.0
    conversions: float = 0.0
    line: str | None = None

    def add(self, engagement: Engagement) -> None:
        self.clicks += engagement.metrics.get("clicks", 0.0)
        self.cost_usd += engagement.metrics.get("cost_usd", 0.0)
        self.conversions += engagement.metrics.get("conversions", 0.0)
        self.line = self.line or engagement.service_line

    def cost_per_conversion(self) -> float:
        return self.cost_usd / self.conversions if self.conversions else float("inf")


@dataclass
class _Query:
    impressions: float = 0.0
    clicks: float = 0.0
    answered: bool = False
    line: str | None = None
    provider: str | None = None


@dataclass
class _Sums:
    terms: dict[tuple[str, str], _Spend] = field(default_factory=dict)
    campaigns: dict[str, _Spend] = field(default_factory=dict)
    ad_days: set[date] = field(default_factory=set)
    queries: dict[str, _Query] = field(default_factory=dict)
    landings: dict[str, set[int]] = field(default_factory=dict)
    landing_line: dict[str, str | None] = field(default_factory=dict)
    converted: set[int] = field(default_factory=set)


def propose(engagements: Iterable[Engagement], context: Context) -> list[Proposal]:
    """Proposals for the search channel, the most valuable first, at most `context.plan.max_actions`."""
    sums = _sum(engagements)
    return best(chain(_negatives(sums, context), _shifts(sums, context), _landing_fixes(sums, context), _coverage(sums, context)), context)


def _sum(engagements: Iterable[Engagement]) -> _Sums:
    sums = _Sums()
    for one in engagements:
        match one.kind:
            case EngagementKind.AD_SEARCH_TERM if one.campaign and one.text:
                sums.terms.setdefault((one.campaign, _plain(one.text)), _Spend()).add(one)
                sums.campaigns.setdefault(one.campaign, _Spend()).add(one)
                sums.ad_days.add(one.occurred_at.date())
            case EngagementKind.SEARCH_QUERY if one.text:
                query = sums.queries.setdefault(_plain(one.text), _Query())
                query.impressions += one.metrics.get("impressions", 0.0)
                query.clicks += one.metrics.get("clicks", 0.0)
                query.answered = query.answered or one.object_key != HOME
                query.line, query.provider = query.line or one.service_line, query.provider or one.provider
            case kind if kind in CONVERSIONS:
                sums.converted.update(_visitor(one))
            case _ if one.campaign and one.object_key and one.object_key.startswith("/"):
                sums.landings.setdefault(one.object_key, set()).update(_visitor(one))
                sums.landing_line.setdefault(one.object_key, one.service_line)
    return sums


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _visitor(one: Engagement) -> tuple[int, ...]:
    """The visitor as a number; a set of these is a third of the size of one of match keys."""
    keys = sorted(one.match_keys, key=lambda key: (not key.startswith("anon:"), key))
    return (int.from_bytes(keys[0].encode()[-16:], "big"),) if keys else ()


def _irrelevant(term: str, context: Context) -> str | None:
    """Why a search term cannot lead to a patient or referral of ours; None when it might."""
    if found := next((why for why, pattern in IRRELEVANT.items() if pattern.search(term)), None):
        return found
    rivals = str(context.plan.limits.get("competitors") or "").lower().split(",")
    return "looking for a competitor" if any(rival.strip() and rival.strip() in term for rival in rivals) else None


def _negatives(sums: _Sums, context: Context) -> Iterator[Candidate]:
    wasted: dict[str, list[tuple[float, float, str, str]]] = {}
    for (campaign, term), spend in sums.terms.items():
        why = _irrelevant(term, context)
        if why and not spend.conversions and spend.clicks and "[" not in term:
            wasted.setdefault(campaign, []).append((-spend.cost_usd, spend.clicks, term, why))
    for campaign, terms in wasted.items():
        cost = -sum(term[0] for term in terms)
        yield Candidate(cost, _negative(campaign, sorted(terms), sums, context))


def _negative(campaign: str, terms: list[tuple[float, float, str, str]], sums: _Sums, context: Context) -> Proposal:
    shown = terms[:MAX_TERMS]
    cost, clicks = -sum(term[0] for term in shown), sum(term[1] for term in shown)
    line = sums.campaigns[campaign].line
    groups = {why: [term for _, _, term, reason in shown if reason == why] for why in dict.fromkeys(term[3] for term in shown)}
    rows = "\n".join(f'"{term}"' for _, _, term, _ in shown)
    return Proposal(
        kind=ActionKind.NEGATIVE_KEYWORDS,
        channel=Channel.SEARCH,
        subject=campaign,
        period=month(context.now),
        content=Content(
            title=f"Add {counted(len(shown), 'negative keyword')} to {campaign}",
            body=f"Google Ads, campaign {campaign}, Keywords, Negative keywords, phrase match:\n{rows}",
            fields={
                "campaign": campaign,
                "match_type": "phrase",
                "count": len(shown),
                "clicks": int(clicks),
                "cost_usd": round(cost, 2),
                "days": len(sums.ad_days),
            },
            destination="Google Ads",
        ),
        why=(
            f"{clicks:.0f} clicks cost {usd(cost)} in {len(sums.ad_days)} days and brought no conversion",
            *(f"{why}: {len(found)} of {len(shown)}" for why, found in groups.items()),
        ),
        risk=Risk.LOW,
        track=track_of(context, line),
        states=context.states(line=line),
        facts=_ad_facts(),
    )


def _shifts(sums: _Sums, context: Context) -> Iterator[Candidate]:
    """Within one service line only: a dental conversion and a joint-replacement conversion are not the same thing."""
    lines: dict[str, list[tuple[str, _Spend]]] = {}
    for campaign, spend in sums.campaigns.items():
        if spend.line and spend.clicks >= MIN_CAMPAIGN_CLICKS:
            lines.setdefault(spend.line, []).append((campaign, spend))
    for line, campaigns in lines.items():
        ranked = sorted(campaigns, key=lambda one: (one[1].cost_per_conversion(), one[0]))
        (good, best_spend), (poor, worst_spend) = ranked[0], ranked[-1]
        if not best_spend.conversions or worst_spend.cost_per_conversion() < WORSE_BY * best_spend.cost_per_conversion():
            continue
        monthly = worst_spend.cost_usd / max(len(sums.ad_days), 1) * 30
        share = context.practice.budget.max_shift_share
        amount = float(min(monthly, context.plan.budget_usd) * share // 10 * 10)
        if amount >= 10:
            yield Candidate(amount * context.weight(line), _shift(line, good, poor, amount, sums, context))


def _shift(line: str, good: str, poor: str, amount: float, sums: _Sums, context: Context) -> Proposal:
    share = context.practice.budget.max_shift_share
    return Proposal(
        kind=ActionKind.BUDGET_SHIFT,
        channel=Channel.SEARCH,
        subject=f"google-ads:{line}",
        period=month(context.now),
        content=Content(
            title=f"Move {usd(amount)} a month from {poor} to {good}",
            body=(
                f"Google Ads, monthly budgets:\n{poor}: lower by {usd(amount)}\n{good}: raise by {usd(amount)}\n"
                "The sum stays the same. Write the old values into the task before changing them: they are the undo."
            ),
            fields={
                "from_campaign": poor,
                "to_campaign": good,
                "amount_usd": amount,
                **_cost_fields("from", sums.campaigns[poor]),
                **_cost_fields("to", sums.campaigns[good]),
                "days": len(sums.ad_days),
            },
            destination="Google Ads",
        ),
        why=(
            _cost_reason(poor, sums.campaigns[poor]),
            _cost_reason(good, sums.campaigns[good]),
            f"Capped at {share:.0%} of what the campaign spends in 30 days, at the pace of {len(sums.ad_days)} days (budget.max_shift_share)",
        ),
        risk=Risk.HIGH,
        money_usd=amount,
        track=track_of(context, line),
        states=context.states(line=line),
        facts=_ad_facts(),
    )


def _cost_fields(which: str, spend: _Spend) -> dict[str, Scalar]:
    """What the campaign spent in the window, and per conversion where it brought any: the figures the approver's sum is made of."""
    per = {f"{which}_cost_per_conversion_usd": round(spend.cost_per_conversion(), 2)} if spend.conversions else {}
    return {f"{which}_spent_usd": round(spend.cost_usd, 2), **per}


def _cost_reason(campaign: str, spend: _Spend) -> str:
    if not spend.conversions:
        return f"{campaign}: {usd(spend.cost_usd)} for {spend.clicks:.0f} clicks, no conversion"
    return f"{campaign}: {usd(spend.cost_per_conversion())} per conversion ({spend.conversions:.0f} conversions, {usd(spend.cost_usd)})"


def _landing_fixes(sums: _Sums, context: Context) -> Iterator[Candidate]:
    visitors = set().union(*sums.landings.values()) if sums.landings else set()
    average = len(visitors & sums.converted) / len(visitors) if visitors else 0.0
    for route, landed in sums.landings.items():
        rate = len(landed & sums.converted) / len(landed) if landed else 1.0
        if len(landed) >= MIN_LANDINGS and rate < LOW_SHARE * average:
            lost = (average - rate) * len(landed)
            line = sums.landing_line[route]
            value = lost * 50 * context.weight(line)  # a lost conversion ranks like about 50 wasted dollars
            yield Candidate(value, _landing_fix(route, len(landed), rate, average, lost=lost, line=line, context=context))


def _landing_fix(route: str, landed: int, rate: float, average: float, *, lost: float, line: str | None, context: Context) -> Proposal:
    author = context.author(line)
    who = f" (for example {signed(author)})" if author else ""
    return Proposal(
        kind=ActionKind.LANDING_PAGE_FIX,
        channel=Channel.SEARCH,
        subject=f"route:{route}"[:120],
        period=month(context.now),
        content=Content(
            title=f"Fix the landing page {route}",
            body=(
                f"Page: {context.practice.organisation.website}{route}\nChange, in this order, one at a time, and measure for two weeks:\n"
                "- first line says what the ad said, in the searcher's words\n"
                f"- phone {context.practice.organisation.phone} and the way to choose a time visible without scrolling, on a phone too\n"
                f"- who provides the care, with degree{who}, and where\n"
                "- accepted insurance and how prices are explained, before the form\n"
                "- form with name, contact and preferred location only; no health question on it"
            ),
            fields={"route": route, "landings": landed, "conversion_rate": round(rate, 4), "average_rate": round(average, 4)},
            destination="website",
        ),
        why=(
            f"{landed} visitors from campaigns landed here and {rate:.1%} asked for contact; the average is {average:.1%}",
            f"At the average rate it would be about {lost:.0f} more requests in the window",
        ),
        risk=Risk.LOW,
        track=track_of(context, line),
        states=context.states(line=line),
        facts=context.clinical_facts(line, author) | {"ymyl_topic": False},
    )


def _coverage(sums: _Sums, context: Context) -> Iterator[Candidate]:
    floor = max(SMALL_COUNT, int(context.plan.limits.get("min_impressions") or MIN_COVERAGE_IMPRESSIONS))
    for text, query in sums.queries.items():
        if query.answered or query.impressions < floor or "[" in text or _irrelevant(text, context):
            continue
        line = query.line or _line_by_terms(text, context)
        if line or query.provider:
            yield _cover(text, query, line, context)


def _line_by_terms(text: str, context: Context) -> str | None:
    words = f" {text} "
    return next((line.key for line in context.practice.service_lines if any(f" {term.lower()} " in words for term in line.terms)), None)


def _cover(text: str, query: _Query, line: str | None, context: Context) -> Candidate:
    author = next((one for one in context.practice.providers if one.key == query.provider), None) or context.author(line)
    subject = f"query:{text}"[:120]
    request = DraftRequest(
        kind=ActionKind.QUERY_COVERAGE,
        subject=subject,
        instruction=INSTRUCTIONS[ActionKind.QUERY_COVERAGE],
        facts={
            "impressions": f"{query.impressions:.0f}",
            "practice": context.practice.organisation.name,
            "author": signed(author) if author else "a clinician of the service line, to be named",
            "reviewer": context.medical_reviewer(),
        },
        untrusted=(text,),  # a query is somebody's own words
        may_quote=True,
        max_chars=1800,
    )
    proposal = Proposal(
        kind=ActionKind.QUERY_COVERAGE,
        channel=Channel.SEARCH,
        subject=subject,
        period=quarter(context.now),
        content=Content(
            title=f"Write a page for “{text}”",
            body="",
            fields={"query": text, "impressions": int(query.impressions)},
            destination="website",
        ),
        why=(
            f"{query.impressions:.0f} impressions and {query.clicks:.0f} clicks for this query, answered only by the home page",
            "A provider query: the profile page is missing or not found" if query.provider else "A symptom or service query without a page",
        ),
        risk=Risk.MEDIUM,
        track=track_of(context, line),
        states=context.states(line=line, provider=query.provider),
        facts=context.clinical_facts(line, author),
        evidence=context.evidence(subject),
    )
    return Candidate(query.impressions * context.weight(line), proposal, request)


def _ad_facts() -> dict[str, object]:
    return {"platform": "google", "google_campaign_health": True, "audience_kind": "keywords"}
