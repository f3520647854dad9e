"""`liaison model`: list, show, compare, propose, sign and backtest scoring models. A model scores only when two people have signed that version."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import yaml
from sqlalchemy import select

from agents.commands.learn import EXTRA
from agents.commands.thresholds import Asked, threshold_figures, threshold_words, write_page
from approvals.response import outcomes as decided_handoffs
from policies.leads.backtest import Outcome, Split, backtest_splits
from policies.leads.lifecycle import Label
from policies.leads.model import Model
from policies.leads.score import intent, total_points
from policies.records import LeadId, Track
from tools.errors import NotFound, SettingsError
from tools.packs.models import for_line, is_signed, live_models, load_model_file, load_models, refuse_unsound, signatures
from tools.store.audit import Event
from tools.store.ledger import Scored
from tools.store.models import models_in_force, propose_model, sign_model, signed_models, versions
from tools.store.rebuild import Lines, adopt, parts, recompute
from tools.store.tables import leads
from tools.workspace import Workspace


def list_models(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    """Every service line's model with its version, who signed and whether it scores; then the versions that wait for a signature."""
    live, found = _live(ws)
    with ws.database.read() as connection:
        on_file = {version.model.id: version.signed_by for version in versions(connection)}
    chosen = {key: live.get(key, model) for key, model in found.items()}
    rows = [_row(ws, model, model.id in {one.id for one in live.values()}, on_file.get(model.id, ())) for model in chosen.values()]
    shown = {row["id"] for row in rows}
    with ws.database.read() as connection:
        rows += [_row(ws, one.model, False, one.signed_by) for one in versions(connection) if one.model.id not in shown and not one.live]
    if as_json:
        print(json.dumps(rows), file=stdout)
        return 0
    for row in rows:
        signed = f"signed by {', '.join(row['signed_by'])}" if row["signed_by"] else "not signed"
        print(f"{row['id']}  {row['state']}  {row['service_line']} ({row['track']})  MQL at {row['threshold']:g}, {signed}", file=stdout)
    if any(row["state"] != "live" for row in rows):
        print(
            "Only live models score. A version is live when a marketing and a sales person signed it: liaison model sign ID --by USER",
            file=stdout,
        )
    return 0


def _row(ws: Workspace, model: Model, live: bool, on_file: tuple[str, ...]) -> dict[str, Any]:
    signed = tuple(dict.fromkeys((*signatures(ws.practice, model), *on_file)))
    state = "live" if live else "replaced" if is_signed(ws.practice, signed) else "unsigned"
    keys = ("name", "service_line", "track", "threshold", "f_min", "i_min", "decay_per_quarter")
    return {"id": model.id, "state": state, "signed_by": list(signed)} | {key: getattr(model, key) for key in keys}


def show(ws: Workspace, name: str, *, as_json: bool, stdout: TextIO) -> int:
    """Print one model as the file it could be proposed from; `name` is a model's name or a version's id."""
    body = _find(ws, name).model_dump(mode="json")
    if as_json:
        print(json.dumps(body), file=stdout)
    else:
        print(yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=120), end="", file=stdout)
    return 0


def diff(ws: Workspace, file: Path, *, as_json: bool, stdout: TextIO) -> int:
    """What the model in `file` would change now: which leads would become or stop being MQLs, and which settings differ."""
    candidate, current = _candidate(ws, file)
    at = ws.clock()
    before, after = _mqls_under(ws, current, current, at), _mqls_under(ws, current, candidate, at)
    old, new = current.model_dump(mode="json"), candidate.model_dump(mode="json")
    changed = _changed(old, new)
    body = {
        "model": candidate.name,
        "now": current.id,
        "then": candidate.id,
        "settings": changed,
        "gained": sorted(after - before),
        "lost": sorted(before - after),
        "kept": len(after & before),
    }
    if as_json:
        print(json.dumps(body), file=stdout)
        return 0
    print(f"{current.id} -> {candidate.id}", file=stdout)
    for key, values in changed.items():
        print(f"  {key}: {_shown(values['now'])} -> {_shown(values['then'])}", file=stdout)
    print(f"MQLs now {len(before)}, then {len(after)}: {len(after - before)} gained, {len(before - after)} lost", file=stdout)
    for sign, some in (("+", after - before), ("-", before - after)):
        for lead in sorted(some):
            print(f"  {sign} {lead}", file=stdout)
    return 0


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], under: str = "") -> dict[str, dict[str, Any]]:
    """Setting by setting, "intent_points.pricing_page": what it is now and then; None = it is not there."""
    found: dict[str, dict[str, Any]] = {}
    for key in [*old, *(key for key in new if key not in old)]:
        now, then = old.get(key), new.get(key)
        if isinstance(now, dict) and isinstance(then, dict):
            found |= _changed(now, then, f"{under}{key}.")
        elif now != then:
            found[f"{under}{key}"] = {"now": now, "then": then}
    return found


def propose(ws: Workspace, file: Path, *, by: str, stdout: TextIO) -> int:
    """Put the model in `file` on file as a version that two people may sign."""
    if ws.practice.person(by) is None:
        raise NotFound(f"{by} is nobody in practice.yaml: give a username from people with --by")
    candidate, _ = _candidate(ws, file)
    with ws.database.write() as connection:
        propose_model(connection, candidate, now=ws.clock())
        detail = {"service_line": candidate.service_line}
        ws.audit.append(connection, event=Event.MODEL_PROPOSE, actor=by, subject=candidate.id, detail=detail, at=ws.clock())
    print(
        f"{candidate.id} is proposed. It scores once marketing and sales have signed: liaison model sign {candidate.id} --by USER",
        file=stdout,
    )
    return 0


def sign(ws: Workspace, model_id: str, *, by: str, stdout: TextIO) -> int:
    """Sign exactly this version. The second signature puts it in force at once, with every lead scored under it, or not at all."""
    with ws.database.write() as connection:
        version = sign_model(connection, ws.practice, model_id, by=by, now=ws.clock())
        complete = is_signed(ws.practice, version.signed_by)
        detail = {"complete": complete}
        ws.audit.append(connection, event=Event.MODEL_SIGN, actor=by, subject=model_id, detail=detail, at=ws.clock())
        rebuilt = adopt(connection, models_in_force(connection, ws.practice, ws.directory), now=ws.clock()) if complete else 0
    rest = f"It is in force: {rebuilt} leads were scored anew." if complete else "One more signature is needed, of the other side."
    print(f"{model_id} is signed by {', '.join(version.signed_by)}. {rest}", file=stdout)
    return 0


def backtest(
    ws: Workspace, *, file: Path | None, as_json: bool, stdout: TextIO, stderr: TextIO, asked: Asked | None = None, html: Path | None = None
) -> int:
    """Precision and recall of "is an MQL" against what sales made of the handoffs, older ones and newer ones apart. Exit code 1 without outcomes.

    Each lead is judged as it stood when it was handed over. Leads nobody handed over have no label: recall is among handoffs only. With `asked`
    or `html`, or when the extra `learn` is installed, also precision, recall, volume and profit by threshold; `html` gets them with pictures.
    """
    live, _ = _live(ws)
    models = {model.service_line: model for model in live.values()}
    if file is not None:
        candidate, _current = _candidate(ws, file)
        models = {candidate.service_line: candidate}
    outcomes = _outcomes(ws, models)
    if not outcomes:
        print("No handoff has an outcome yet: accept, qualify or reject some in the sales inbox, then run this again.", file=stderr)
        return 1
    splits = backtest_splits(outcomes)
    found = threshold_figures(outcomes, asked or Asked(), needed=asked is not None or html is not None)
    if html is not None and found is not None:
        write_page(html, found, splits, [model.id for model in models.values()])
        print(f"written: {html}", file=stderr)
    if as_json:
        thresholds = found.model_dump(mode="json") if found else None
        body = {"handoffs": len(outcomes), "splits": [split.model_dump(mode="json") for split in splits], "thresholds": thresholds}
        print(json.dumps(body, allow_nan=False), file=stdout)
        return 0
    print(f"{len(outcomes)} handoffs with an outcome, in order of time", file=stdout)
    for split in splits:
        print(_split_words(split), file=stdout)
    print("Recall is among handoffs: leads that nobody handed over have no outcome.", file=stdout)
    for line in threshold_words(found) if found else [f"Precision, recall and volume by threshold: {EXTRA}"]:
        print(line, file=stdout)
    return 0


def _split_words(split: Split) -> str:
    percent = [f"{value:.0%}" if value is not None else "unknown" for value in (split.precision, split.recall)]
    days = f"{split.first_at:%Y-%m-%d} to {split.last_at:%Y-%m-%d}"
    return f"  {split.name} ({days}): {split.handoffs} handoffs, {split.good} good; precision {percent[0]}, recall {percent[1]}"


def _outcomes(ws: Workspace, models: Mapping[str | None, Model]) -> list[Outcome]:
    with ws.database.read() as connection:
        found = []
        for one in decided_handoffs(ws.practice, connection, now=ws.clock()):
            model = models.get(one.service_line)
            if model is None or one.outcome is Label.UNKNOWN:
                continue
            standings = recompute(connection, Lines([model]), [LeadId(one.lead)], until=one.received_at).standings
            scored = standings.get((LeadId(one.lead), model.id))
            predicted = scored is not None and scored.standing.is_mql(one.received_at)
            score = _total(scored, one.received_at) if scored else 0.0
            found.append(Outcome(at=one.received_at, predicted=predicted, good=one.outcome is Label.GOOD, score=score))
    return found


def _total(scored: Scored, at: datetime) -> float:
    return total_points(scored.model, scored.fit, intent(scored.model, scored.standing.groups, at))


def _live(ws: Workspace) -> tuple[dict[str, Model], dict[str, Model]]:
    """The models that score, and every line's model on file, both by name."""
    found = load_models(ws.practice, ws.directory)
    with ws.database.read() as connection:
        return live_models(ws.practice, found, signed=signed_models(connection, ws.practice)), found


def _find(ws: Workspace, name: str) -> Model:
    live, found = _live(ws)
    with ws.database.read() as connection:
        known = {version.model.id: version.model for version in versions(connection)}
    models = known | {model.id: model for model in found.values()} | found | live
    if name not in models:
        raise NotFound(f"no model is called {name}: run liaison model list for names and ids")
    return models[name]


def candidate_of(ws: Workspace, name: str) -> tuple[Model, Model]:
    """A version on file by its id, or the model in a file, with the model that scores its line now."""
    with ws.database.read() as connection:
        known = {version.model.id: version.model for version in versions(connection)}
    if name not in known:
        return _candidate(ws, Path(name))
    live, found = _live(ws)
    other = known[name]
    current = next((one for one in (*live.values(), *found.values()) if one.service_line == other.service_line), None)
    if current is None:
        raise SettingsError(f"{name}: no service line of practice.yaml is {other.service_line}: propose it for one that is there")
    return other, current


def _candidate(ws: Workspace, file: Path) -> tuple[Model, Model]:
    """The model in `file` as the model of its line, and the one that scores that line now."""
    read = load_model_file(file)
    refuse_unsound(read, file)
    live, found = _live(ws)
    current = live.get(read.name) or found.get(read.name)
    if current is None:
        raise SettingsError(
            f"{file}: name: no service line of practice.yaml uses a model called {read.name}: use one of {', '.join(found)}"
        )
    if current.track != read.track:
        raise SettingsError(f"{file}: track: {Track(read.track)}, but {read.name} scores {current.track}: use the same track")
    return for_line(read, name=current.name, line=current.service_line), current


def _mqls_under(ws: Workspace, current: Model, model: Model, at: datetime) -> set[LeadId]:
    """Who would be an MQL now if `model` stood in for `current` among the live models."""
    lines = lines_with(ws, current, model)
    with ws.database.read() as connection:
        people = connection.scalars(select(leads.c.id).where(leads.c.merged_into.is_(None))).all()
        found: set[LeadId] = set()
        for some in parts(people):
            standings = recompute(connection, lines, some, until=at).standings
            found |= {lead for (lead, id_), scored in standings.items() if id_ == model.id and scored.standing.is_mql(at)}
    return found


def lines_with(ws: Workspace, current: Model, model: Model) -> Lines:
    """The live models, `model` in the place of `current`: the order of lines decides where acts without a line go."""
    live, _ = _live(ws)
    others = [one for one in live.values() if one.id != current.id]
    in_place = [model if one.id == current.id else one for one in live.values()]
    return Lines(in_place if len(others) < len(live) else [*others, model])
