"""What `liaison model backtest` says about the threshold, from handoffs with an outcome. Its arithmetic needs the extra `learn`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.commands.learn import EXTRA, write_text
from policies.leads.backtest import Outcome, Split
from tools.errors import SettingsError

if TYPE_CHECKING:
    from tools.learning.metrics import Interval
    from tools.learning.threshold import Cut, Thresholds

STEP = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What each side asks for: shares, handoffs a week, and money in one currency; None = not asked."""

    precision: float | None = None
    coverage: float | None = None
    capacity: float | None = None
    contact_cost: float | None = None
    value: float | None = None


def threshold_figures(outcomes: Sequence[Outcome], asked: Asked, *, needed: bool) -> "Thresholds | None":
    """The figures by threshold; None when the extra is not installed and not `needed`.

    Raises SettingsError when it is needed and missing, or when `asked` makes no sense.
    """
    ordered = sorted(outcomes, key=lambda outcome: outcome.at)
    try:
        import numpy as np

        from tools.learning.threshold import thresholds

        return thresholds(
            np.array([one.at.timestamp() for one in ordered]),
            np.array([one.score for one in ordered]),
            np.array([one.good for one in ordered]),
            precision=asked.precision,
            coverage=asked.coverage,
            per_week=asked.capacity,
            contact_cost=asked.contact_cost,
            value=asked.value,
        )
    except ModuleNotFoundError as error:  # also late: money needs scikit-learn
        if not needed:
            return None
        raise SettingsError(f"thresholds, capacity and costs: {EXTRA} ({error.name} is not installed)") from None
    except ValueError as error:
        raise SettingsError(f"liaison model backtest: {error}") from None


def write_page(path: Path, found: "Thresholds", splits: Sequence[Split], models: Sequence[str]) -> None:
    """Write the report with pictures. Raises SettingsError when the file cannot be written or the extra is not whole."""
    try:
        from tools.learning.report import backtest_page
    except ModuleNotFoundError as error:
        raise SettingsError(f"--html: {EXTRA} ({error.name} is not installed)") from None
    write_text(path, backtest_page(found, splits, models))


def threshold_words(found: "Thresholds") -> Iterator[str]:
    """The figures in lines of text."""
    yield f"By threshold, over {found.weeks:.1f} weeks (95 % bootstrap intervals):"
    for cut in found.cuts[::STEP]:
        yield f"  {cut.theta:g}: {_cut_words(cut)}"
    for pin in (found.sales, found.marketing):
        if pin is not None:
            wanted = "precision" if pin.side == "sales" else "coverage"
            yield f"  {pin.side} (at least {pin.asked:.0%} {wanted}): {_points(pin.theta)}"
    if found.capacity is not None:
        taken = f"{found.capacity.per_week:g} of {found.capacity.arrivals:.1f} arrivals a week"
        worth = "" if found.capacity.worth is None else f"; one more a week would bring {found.capacity.worth:,.2f}"
        yield f"  capacity ({taken}): {_points(found.capacity.theta)}{worth}"
    if found.sales is not None and found.marketing is not None:
        both = f"from {found.both[0]:g} to {found.both[-1]:g}, suggested {found.suggested:g}" if found.both else "none from 50 to 100"
        yield f"  both sides agree on: {both}"
    if found.cost is not None:
        cost = found.cost
        yield (
            f"  profit: everyone {cost.everyone:,.0f}; from a probability of {cost.break_even:.1%} on {cost.rule:,.0f}; "
            f"best cut in hindsight {cost.best:,.0f}"
        )


def _cut_words(cut: "Cut") -> str:
    shares = [f"{name} {_share(figure)}" for name, figure in (("precision", cut.precision), ("recall", cut.recall))]
    return f"{cut.leads} handoffs ({cut.per_week.value:.1f} a week), {', '.join(shares)}"


def _share(figure: "Interval") -> str:
    if figure.value is None:
        return "unknown"
    return f"{figure.value:.0%}" + (
        f" ({figure.low:.0%} to {figure.high:.0%})" if figure.low is not None and figure.high is not None else ""
    )


def _points(figure: "Interval") -> str:
    if figure.value is None:
        return "no threshold from 50 to 100 gives that"
    span = f" ({figure.low:.1f} to {figure.high:.1f})" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:.1f} points{span}"
