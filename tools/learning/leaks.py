"""Columns filled in after sales had spoken to the lead: they foretell the outcome because they follow from it.

Four signs, each measured on the newer leads by what the older ones taught: (a) one column alone foretells far better than the others, (b) whether
it is filled in at all foretells, (c) levels that are nearly pure, (d) a name that speaks of outcomes. A name alone, one strong column alone, or
one telling gap alone is not proof: it takes two signs, or (a) so strong that nothing known before contact explains it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from policies.leads.forbidden import words_of
from policies.records import Record
from tools.learning.columns import Column, Kind
from tools.learning.encode import MIN_LEVEL, binned
from tools.learning.leads import Flags, Floats
from tools.learning.metrics import auc, wilson

OLDER_SHARE = 0.7
BINS = 20
CERTAIN_AUC = 0.95
"""Alone, a column this good is the outcome in other words."""
LONE_AUC, LONE_EXCESS = 0.85, 1.75
"""Alone: this good and this many times as far above chance as the best column without any sign."""
ABOVE_AUC, ABOVE_EXCESS = 0.70, 1.15
"""With another sign: this good and this many times as far above chance as the best column without any sign."""
GAP_AUC = 0.60
"""Area of "is it filled in" alone."""
PURE_SHARE, PURE_ODDS = 0.90, 10.0
"""A pure level: 95 % sure that this share of its leads have one outcome, at odds ten times those of all leads."""
PURE_COVER = 0.02
"""Pure levels count once they hold this share of the leads."""
MIN_CASES = 20
"""Fewer leads of either kind among the newer ones cannot show a leak."""

_WORDS = frozenset(
    {
        *(
            "accepted",
            "answered",
            "assigned",
            "assignee",
            "booked",
            "call",
            "callback",
            "churned",
            "close",
            "closed",
            "closing",
            "contacted",
        ),
        *("conversion", "converted", "deal", "disposition", "disqualified", "duration", "feedback", "followup", "grade", "invoice", "lost"),
        *("note", "notes", "opportunity", "outcome", "paid", "purchased", "qualified", "quality", "reached", "reason", "rejected"),
        *("rejection", "remark", "remarks", "reply", "response", "result", "revenue", "sale", "sales", "signed", "stage", "status"),
        *("success", "tag", "tags", "verdict", "won"),
    }
)
_PHRASES = (
    "follow_up",
    "lead_profile",
    "lead_score",
    "talk_time",
    "last_activity",
    "last_notable_activity",
    "last_contact",
    "after_contact",
)


class Sign(Record):
    """What one column shows. `auc`: of the column alone on the newer leads; `missing_auc`: of whether it is filled in; `pure`: pure levels' share."""

    column: str
    auc: float | None
    auc_low: float | None
    missing_auc: float | None
    pure: float
    above: bool
    gap: bool
    named: bool
    leak: bool
    kept: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Seen:
    column: Column
    auc: float
    low: float
    missing_auc: float
    pure: float
    named: bool

    @property
    def gap(self) -> bool:
        return self.missing_auc >= GAP_AUC

    @property
    def marked(self) -> bool:
        return self.gap or self.named or self.pure >= PURE_COVER


def name_speaks_of_outcomes(name: str) -> bool:
    words = words_of(name)
    return bool(_WORDS & {*words.split("_")}) or any(f"_{phrase}_" in f"_{words}_" for phrase in _PHRASES)


def find_leaks(columns: Collection[Column], good: Flags, *, keep: Collection[str] = ()) -> list[Sign]:
    """One Sign per column, the most telling first; `leak` says whether it is to be left out. Leads are in time order.

    A column in `keep` is judged but never a leak. With too few newer leads of either kind only names can be read, and nothing is left out.
    """
    cut = round(len(good) * OLDER_SHARE)
    newer = good[cut:]
    enough = min(int(newer.sum()), int((~newer).sum())) >= MIN_CASES and bool(good[:cut].any()) and not bool(good[:cut].all())
    seen = [_look(column, good, cut, enough) for column in columns]
    signs = []
    for one in seen:
        # A leak must not hide another: the measure is the best column on which nothing else casts a doubt.
        plain = [other.auc for other in seen if other is not one and not other.marked and np.isfinite(other.auc) and other.auc < LONE_AUC]
        signs.append(_sign(one, max(plain, default=float("nan")), kept=one.column.name in keep))
    return sorted(signs, key=lambda sign: (not sign.leak, -(sign.auc or 0.0), sign.column))


def _look(column: Column, good: Flags, cut: int, enough: bool) -> _Seen:
    named = name_speaks_of_outcomes(column.name)
    if not enough:
        return _Seen(column, float("nan"), float("nan"), float("nan"), 0.0, named)
    codes, count = binned(column, slice(0, cut), BINS)
    rates = _rates(codes[:cut], count, good[:cut])
    area = auc(rates[codes[cut:]], good[cut:])
    gap = _rates(column.missing[:cut].astype(np.int32), 2, good[:cut])
    missing_area = auc(gap[column.missing[cut:].astype(np.int32)], good[cut:]) if column.missing[:cut].any() else float("nan")
    return _Seen(column, area, area - 1.645 * _auc_error(area, good[cut:]), missing_area, _pure(column, codes, count, good), named)


def _rates(codes: np.ndarray[tuple[int], np.dtype[np.int32]], count: int, good: Flags) -> Floats:
    """Share of good leads per bin, drawn towards the share of all by ten leads' weight: a bin nobody was in says nothing."""
    base = float(good.mean())
    found: Floats = (np.bincount(codes, good, minlength=count) + 10 * base) / (np.bincount(codes, minlength=count) + 10)
    return found


def _auc_error(area: float, good: Flags) -> float:
    """Standard error of an area after Hanley and McNeil (1982)."""
    hits, misses = int(good.sum()), int((~good).sum())
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (hits - 1) * (first - area * area) + (misses - 1) * (second - area * area)
    return float(np.sqrt(max(0.0, spread) / (hits * misses)))


def _pure(column: Column, codes: np.ndarray[tuple[int], np.dtype[np.int32]], count: int, good: Flags) -> float:
    """Share of leads in pure levels. Numbers have no levels: their thin tails are pure by nature."""
    if column.kind is Kind.NUMBER and len(np.unique(column.numbers[~np.isnan(column.numbers)])) > BINS:
        return 0.0
    leads, hits = np.bincount(codes, minlength=count), np.bincount(codes, good, minlength=count)
    base = float(good.mean())
    inside = 0
    for number in range(1, count):
        if leads[number] < MIN_LEVEL:
            continue
        share = float(hits[number] / leads[number])
        low, high = wilson(share, float(leads[number]))
        if (low >= PURE_SHARE and _odds(low) >= PURE_ODDS * _odds(base)) or (
            1 - high >= PURE_SHARE and _odds(high) * PURE_ODDS <= _odds(base)
        ):
            inside += int(leads[number])
    return inside / len(good)


def _odds(share: float) -> float:
    return share / max(1e-9, 1 - share)


def _sign(one: _Seen, best: float, *, kept: bool) -> Sign:
    excess = (one.low - 0.5) / max(0.02, best - 0.5) if np.isfinite(best) else float("nan")
    lone = one.low >= LONE_AUC and not excess < LONE_EXCESS
    above = one.low >= ABOVE_AUC and not excess < ABOVE_EXCESS
    pure = one.pure >= PURE_COVER
    certain = one.low >= CERTAIN_AUC
    leak = certain or lone or sum((above, one.gap, pure, one.named and (above or one.gap or pure))) >= 2
    reasons = [
        (above or certain, f"alone it foretells the outcome of newer leads with an area of {one.auc:.2f} ({_against(best)})"),
        (one.gap, f"whether it is filled in foretells it too ({one.missing_auc:.2f})"),
        (pure, f"{one.pure:.0%} of leads are in levels with nearly one outcome"),
        (one.named and (above or one.gap or pure), "its name speaks of what happens after contact"),
    ]
    return Sign(
        column=one.column.name,
        auc=_known(one.auc),
        auc_low=_known(one.low),
        missing_auc=_known(one.missing_auc),
        pure=round(one.pure, 6),
        above=above,
        gap=one.gap,
        named=one.named,
        leak=leak and not kept,
        kept=leak and kept,
        why="; ".join(text for true, text in reasons if true),
    )


def _against(best: float) -> str:
    return f"the best column without a sign has {best:.2f}" if np.isfinite(best) else "no column without a sign to compare with"


def _known(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
