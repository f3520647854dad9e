"""Journeys: touches with times, cut to the days before a conversion. How far back credit may reach is a setting of the service line.

Knows channels and instants (seconds since 1970, UTC), and of people only that two touches are one person's. Now is passed in.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from policies.leads.attribution import AttributionModel, Credit, Path, add_up, attribute

SECONDS_PER_DAY = 86_400

MAX_WINDOW_DAYS = 365

OTHER_WINDOW_DAYS = 90
"""For a service line that has no window of its own."""

REFERRAL_WINDOW_DAYS = 180
"""From a liaison's visit to the first referral."""

WINDOW_DAYS = (
    ("implant", 60),
    ("orthodont", 60),
    ("ortho", 90),
    ("dental", 30),
    ("dentist", 30),
    ("fertil", 90),
    ("cosmetic", 60),
    ("derm", 30),
    ("primary", 30),
    ("family", 30),
    ("liaison", REFERRAL_WINDOW_DAYS),
    ("referral", REFERRAL_WINDOW_DAYS),
)
"""Part of a service line's key and its days, first hit wins. They are the longest usual time from first search to visit: eight weeks and the
wait for an appointment where the decision is slow, a month where price or access decides. An assumption of ours; a practice sets its own."""

SENSITIVITY_DAYS = (14, 30, 60, 90, 180, 365)

SHORT_WINDOW_DAYS = 60
SHORT_HALF_LIFE_DAYS = 7.0


class Seen(NamedTuple):
    """One row of touch data. `converted_at` may stand on any row of the person; None says nothing."""

    person: str
    channel: str
    at: float
    converted_at: float | None = None
    line: str = ""


class Journey(NamedTuple):
    """One person's touches for one service line since the conversion before, in time order; `converted_at` None: no conversion yet.

    `times` and `channels` are of one length; apart, a window is one search and one slice.
    """

    line: str
    times: tuple[float, ...]
    channels: tuple[str, ...]
    converted_at: float | None

    @property
    def end(self) -> float:
        """The instant the window ends at: the conversion, or the last touch of who has not converted."""
        return self.times[-1] if self.converted_at is None else self.converted_at

    def start(self, window_days: float) -> int:
        """The place of the first touch at most `window_days` older than the end; the number of touches if there is none."""
        return bisect_left(self.times, self.end - window_days * SECONDS_PER_DAY) if self.times else 0


class Left(NamedTuple):
    """What was put right or left out while journeys were made, as counts."""

    people: int = 0
    duplicates: int = 0
    unsorted: int = 0
    future_touches: int = 0
    after_conversion: int = 0
    future_conversions: int = 0


class WindowCredit(NamedTuple):
    """Credit under one window: `conversions` had a touch in it, `without_touch` had none; `older_share` is the share of all conversions with
    any touch whose first touch is older than the window."""

    days: float
    credit: Credit
    conversions: int
    without_touch: int
    older_share: float


def default_window(*names: str) -> int:
    """Days of look-back for a service line known by these names (track, key, model), 1-365; the first name that says something decides."""
    return next((days for name in names for part, days in WINDOW_DAYS if part in name.lower()), OTHER_WINDOW_DAYS)


def half_life(window_days: float) -> float:
    """Days in which a touch loses half its weight: 7, and a quarter of the window where that is longer than 60 days."""
    return SHORT_HALF_LIFE_DAYS if window_days <= SHORT_WINDOW_DAYS else window_days / 4


def journeys(rows: Iterable[Seen], *, now: float) -> tuple[list[Journey], Left]:
    """One journey for each conversion and one for each person who has none, by person and service line.

    The order of rows makes no difference: touches are sorted by time (those of one instant by channel), a row given twice counts once.
    Touches after `now` or after the last conversion are left out; a conversion after `now` has not happened yet.
    """
    touched: defaultdict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    converted: defaultdict[tuple[str, str], set[float]] = defaultdict(set)
    for person, channel, at, converted_at, line in rows:
        touched[person, line].append((at, channel))
        if converted_at is not None:
            converted[person, line].add(converted_at)
    found: list[Journey] = []
    left: Counter[str] = Counter(people=len({person for person, _ in touched}))
    for whose, touches in touched.items():
        found += _of_one(whose[1], touches, converted.get(whose, set()), now, left)
    return found, Left(**left)


def _of_one(line: str, touches: list[tuple[float, str]], conversions: set[float], now: float, left: Counter[str]) -> Iterable[Journey]:
    left["unsorted"] += any(later[0] < earlier[0] for earlier, later in pairwise(touches))
    distinct = sorted(set(touches))
    times, channels = tuple(at for at, _ in distinct), tuple(channel for _, channel in distinct)
    past = bisect_right(times, now)
    ends = sorted(end for end in conversions if end <= now)
    left["duplicates"] += len(touches) - len(distinct)
    left["future_touches"] += len(distinct) - past
    left["future_conversions"] += len(conversions) - len(ends)
    start = 0
    for end in ends:
        stop = bisect_right(times, end)
        yield Journey(line, times[start:stop], channels[start:stop], end)
        start = stop
    if ends:
        left["after_conversion"] += past - start
    elif past:
        yield Journey(line, times[:past], channels[:past], None)


WindowOf = Callable[[str], float]
"""Days of look-back of a service line."""


def everywhere(days: float) -> WindowOf:
    """The same window for every service line."""
    return lambda _: days


def paths_within(found: Sequence[Journey], window_of: WindowOf) -> list[Path]:
    """Journeys as paths, equal ones added together. A conversion without a touch in its window is in none of them."""
    windows = {line: window_of(line) for line in {journey.line for journey in found}}
    conversions: Counter[tuple[str, ...]] = Counter()
    nulls: Counter[tuple[str, ...]] = Counter()
    for journey in found:
        touches = journey.channels[journey.start(windows[journey.line]) :]
        if touches:
            (nulls if journey.converted_at is None else conversions)[touches] += 1
    return [Path(touches, conversions[touches], nulls[touches]) for touches in dict.fromkeys([*conversions, *nulls])]


def credit_within(found: Sequence[Journey], models: Iterable[AttributionModel], window_of: WindowOf) -> dict[AttributionModel, Credit]:
    """Credit under each of `models` of every channel in `found`, also of those whose touches are all too old. Time decay goes by the age of a
    touch in days. Raises ValueError as `attribute` does."""
    paths = paths_within(found, window_of)
    channels = sorted(set().union(*(journey.channels for journey in found)))
    credits = {}
    for model in models:
        plain = _by_age(found, window_of) if model is AttributionModel.TIME_DECAY else attribute(paths, model)
        credits[model] = {channel: plain.get(channel, 0.0) for channel in channels}
    return credits


def _by_age(found: Iterable[Journey], window_of: WindowOf) -> Credit:
    def shares() -> Iterable[tuple[str, float]]:
        for journey in found:
            if journey.converted_at is None:
                continue
            window = window_of(journey.line)
            start = journey.start(window)
            seconds = half_life(window) * SECONDS_PER_DAY
            weights = [2.0 ** ((at - journey.times[-1]) / seconds) for at in journey.times[start:]]  # the newest weighs 1: none can vanish
            whole = sum(weights)
            for channel, weight in zip(journey.channels[start:], weights, strict=True):
                yield channel, weight / whole

    return add_up(shares())


def counted(found: Iterable[Journey], window_of: WindowOf) -> tuple[int, int]:
    """Conversions with a touch in their window, and those without."""
    inside = [journey.start(window_of(journey.line)) < len(journey.times) for journey in found if journey.converted_at is not None]
    return sum(inside), len(inside) - sum(inside)


def sensitivity(found: Sequence[Journey], model: AttributionModel, windows: Sequence[float] = SENSITIVITY_DAYS) -> list[WindowCredit]:
    """What the credit of `model` would be under each of `windows` (days), the same for every service line."""
    first = [journey.end - journey.times[0] for journey in found if journey.converted_at is not None and journey.times]
    told = []
    for days in windows:
        older = sum(age > days * SECONDS_PER_DAY for age in first)
        inside, outside = counted(found, everywhere(days))
        credit = credit_within(found, [model], everywhere(days))[model]
        told.append(WindowCredit(days, credit, inside, outside, older / len(first) if first else 0.0))
    return told
