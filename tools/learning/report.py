"""Reports as one HTML file each: no script, no outside resource, the same bytes for the same figures."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from policies.leads.backtest import Split
from tools.learning.learn import Learned
from tools.learning.learn_plots import drift_picture, gain_picture, points_picture, reliability_picture, windows_picture
from tools.learning.metrics import MEASURES
from tools.learning.plots import Picture, number, percent, spanned
from tools.learning.points import Proposal
from tools.learning.threshold import Thresholds
from tools.learning.threshold_plots import profit_picture, shares_picture, tops_picture, volume_picture

TITLES = {
    "auc": "Area under the ROC curve",
    "average_precision": "Average precision",
    "brier": "Brier score (less is better)",
    "log_loss": "Log loss (less is better)",
    "ece": "Calibration error, ECE (less is better)",
    "lift_10": "Lift at 10 %",
}


def learned_page(found: Learned, proposal: Proposal | None = None) -> str:
    """The report of `liaison model learn`."""
    pictures: list[Picture] = []
    measures: list[tuple[str, ...]] = []
    if found.evaluation is not None:
        pictures += [reliability_picture(found.evaluation), gain_picture(found.evaluation), windows_picture(found.evaluation)]
        newest, every = found.evaluation.slices[-1], found.evaluation.all
        for key in MEASURES:
            figures = (newest.model[key], newest.raw[key], newest.baseline[key], every.model[key])
            measures.append((TITLES[key], *(spanned(figure) for figure in figures)))
    if found.drift is not None:
        pictures.append(drift_picture(found.drift))
    if found.points:
        pictures.append(points_picture(found.points))
    return _environment().get_template("learned.html").render(found=found, pictures=pictures, measures=measures, proposal=proposal)


def backtest_page(found: Thresholds, splits: Sequence[Split], models: Sequence[str]) -> str:
    """The report of `liaison model backtest`; `models` are the ids of the models that gave the scores."""
    pictures = [shares_picture(found), volume_picture(found), profit_picture(found), tops_picture(found)]
    return (
        _environment()
        .get_template("backtest.html")
        .render(found=found, splits=splits, models=models, pictures=[one for one in pictures if one is not None])
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tools.learning"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number, percent=percent, spanned=spanned, points=lambda figure: spanned(figure, _tenths))
    return environment


def _tenths(value: float | None) -> str:
    return number(value, 1)
