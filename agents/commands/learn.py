"""`liaison model learn`: what a file of leads with an outcome teaches, judged in order of time. Needs no practice and no database; signs nothing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tools.errors import DataError, SettingsError

if TYPE_CHECKING:
    from tools.learning.learn import Learned
    from tools.learning.metrics import Interval
    from tools.learning.points import Proposal

EXTRA = "needs numpy, polars, scikit-learn and matplotlib: pip install 'liaison[learn]', or in this repository make learn"
SHOWN = {
    "auc": "AUC",
    "average_precision": "average precision",
    "brier": "Brier",
    "log_loss": "log loss",
    "ece": "ECE",
    "lift_10": "lift at 10 %",
}


def learn(
    file: Path,
    *,
    outcome: str,
    time: str,
    stdout: TextIO,
    stderr: TextIO,
    id_: str | None = None,
    positive: str | None = None,
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    html: Path | None = None,
    propose_to: Path | None = None,
    base: Path | None = None,
    as_json: bool = False,
) -> int:
    """Print what can be learned from `file`; write a report to `html` and a proposed scoring model to `propose_to` (from `base`).

    Exit code 0 also when the rules stay in charge. Raises DataError for a file or column that cannot be used, SettingsError for a base model or
    a path that cannot, and when the extra `learn` is not installed.
    """
    if (propose_to is None) != (base is None):
        missing = "--base MODEL.yaml: liaison model show NAME prints one" if base is None else "--propose FILE: where to write the model"
        raise SettingsError(f"--propose and --base go together, add {missing}")
    try:
        from tools.learning.leads import leads_of
        from tools.learning.learn import learn as from_leads
        from tools.learning.read import read_table
    except ModuleNotFoundError as error:
        raise SettingsError(f"liaison model learn {EXTRA} ({error.name} is not installed)") from None
    found = from_leads(leads_of(read_table(file), outcome=outcome, time=time, id_=id_, positive=positive), keep=keep, drop=drop)
    proposal = None
    if propose_to is not None and base is not None:
        proposal = _propose(found, propose_to, base) if found.decision == "model" else None
        if proposal is None:
            print(f"{propose_to} is not written: the rules stay in charge, so no points are proposed", file=stderr)
    if html is not None:
        from tools.learning.report import learned_page

        write_text(html, learned_page(found, proposal))
    if as_json:
        body = found.model_dump(mode="json") | {"proposal": proposal and proposal.model_dump(mode="json")}
        print(json.dumps(body, ensure_ascii=False, allow_nan=False), file=stdout)
    else:
        _say(found, stdout)
        if proposal is not None and propose_to is not None:
            _say_proposal(proposal, propose_to, stdout)
    for path in (html, propose_to if proposal else None):
        if path is not None:
            print(f"written: {path}", file=stderr)
    return 0


def _propose(found: "Learned", target: Path, base: Path) -> "Proposal":
    from tools.learning.points import proposal_text, propose
    from tools.packs.models import load_model_file

    model, proposal = propose(load_model_file(base), found.points)
    if not proposal.used:
        raise DataError(
            f"{found.file}: no column with learned levels is named like a fit attribute of {base.name} ({', '.join(model.fit_weights)}), "
            "so there is nothing to propose: rename the columns that hold them"
        )
    newest = found.evaluation.slices[-1] if found.evaluation else None
    figures = f"Newest window ({newest.leads} leads): AUC {_figure(newest.model['auc'])}." if newest else ""
    write_text(target, proposal_text(model, found.file, figures))
    return proposal


def write_text(path: Path, text: str) -> None:
    """Write a report or a model. Raises SettingsError when the file cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror}): name a file in a directory that exists") from None


def _say(found: "Learned", stdout: TextIO) -> None:
    def say(text: str) -> None:
        print(text, file=stdout)

    say(f"{found.file}: {found.leads} leads, {found.conversions} conversions, {found.first} to {found.last}")
    for note in found.notes:
        say(f"  {note}")
    say("The model may decide." if found.decision == "model" else f"The rules stay in charge: {'; '.join(found.reasons)}.")
    if found.left_out:
        say("Not learned from (--keep COL overrides, but for forbidden ones):")
        for out in found.left_out:
            say(f"  {out.column}: {out.why}: {out.reason}")
    if doubts := [sign for sign in found.signs if sign.why and not sign.leak]:
        say("Learned from, but look at them (--drop COL leaves one out):")
        for sign in doubts:
            say(f"  {sign.column}: {sign.why}")
    if found.evaluation is not None:
        _say_evaluation(found, stdout)
    if found.points:
        say("Points (20 per doubling of the odds; a level against a lead that does not state it, a number per standard deviation):")
        for point in found.points[:30]:
            say(f"  {point.column} {point.label}: {point.points:+g}")


def _say_evaluation(found: "Learned", stdout: TextIO) -> None:
    if found.evaluation is None:
        return
    newest = found.evaluation.slices[-1]
    print(
        f"Newest window, {newest.first} to {newest.last}: {newest.leads} leads, {newest.conversions} conversions; trained on "
        f"{newest.trained_on} older ones, calibrated ({newest.calibration}) on the {newest.calibrated_on} between",
        file=stdout,
    )
    for name, title in SHOWN.items():
        print(f"  {title}: {_figure(newest.model[name])}; naive Bayes {_figure(newest.baseline[name])}", file=stdout)
    for alarm in found.drift.alarms if found.drift else ():
        print(f"  Drift: {alarm}", file=stdout)


def _figure(found: "Interval") -> str:
    if found.value is None:
        return "unknown"
    span = f" ({found.low:.3f} to {found.high:.3f})" if found.low is not None and found.high is not None else ""
    return f"{found.value:.3f}{span}"


def _say_proposal(proposal: "Proposal", target: Path, stdout: TextIO) -> None:
    print(
        f"Proposed in {target.name}: points of {', '.join(proposal.used)}. Nobody has signed it: liaison model propose FILE --by USER",
        file=stdout,
    )
    for note in proposal.notes:
        print(f"  {note}", file=stdout)
    if proposal.ignored:
        print(f"  no fit attribute of the base model is called {', '.join(proposal.ignored)}", file=stdout)
