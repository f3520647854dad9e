"""Scores at rest: engagements in, ledger rows and standings out; then who is an MQL, why, and until when.

All of it is a function of the lead's engagements and attributes: order of arrival, duplicates, revisions and restarts change nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from math import isclose
from typing import NamedTuple

from sqlalchemy import Connection, select

from policies.leads.history import contributions_of
from policies.leads.lifecycle import Stage
from policies.leads.model import Model
from policies.leads.mql import FOREVER, NOTHING_YET, Standing, advance
from policies.leads.reasons import reasons
from policies.leads.recycle import with_recycles
from policies.leads.score import NOTHING_COUNTED, count_again, fit_points, in_time, intent, total_points
from policies.records import Award, Contribution, Engagement, LeadId, Score
from tools.store import ledger as book
from tools.store.capped import counted_before
from tools.store.ledger import Awarded, Key, Known, Scored
from tools.store.lifecycle import engaged, recycles_of
from tools.store.rebuild import Act, Fits, Lines, act_of, adopt, award_for, object_of, parts, people_of, rebuild
from tools.store.tables import scores
from tools.store.tally import add_up


def score_batch(connection: Connection, models: Mapping[str, Model], linked: Sequence[tuple[Engagement, LeadId]], *, now: datetime) -> None:
    """Award points to `linked` under the live `models` and bring the standings of their leads up to date.

    Events later than all a lead had are added to its standing; anything else (a first event, a late one, a revision, a new line, a changed
    fit, merged leads) has the lead rebuilt from its engagements, which gives the same.
    """
    adopt(connection, models, now=now)
    lines = Lines(models.values())
    owners = {engagement.id: (act_of(engagement), lead) for engagement, lead in linked}
    people = people_of(connection, {lead for _, lead in owners.values()}, lock=True)
    known = book.known_of(connection, people, lines.by_id)
    earlier = book.awarded_before(connection, owners, lines.by_id)
    fits = Fits(lines)
    stale = {lead for (lead, id_), (fit, _) in known.items() if fits.of(id_, people[lead]) != fit}
    fresh: dict[Key, list[Award]] = {}
    for act, lead in owners.values():
        if lead in stale:
            continue
        shown = () if act.service_line else [id_ for id_ in lines.by_id if (lead, id_) in known]
        due = lines.of(act, people[lead].track, shown)
        had = earlier.get(act.id, NOTHING_HAD)
        new = [model for model in due if act.kind in model.events and model.id not in had]
        if _only_adds(act, lead, due, had, known) and not any(_is_late(act, known[lead, model.id]) for model in new):
            for model in new:
                fresh.setdefault((lead, model.id), []).append(award_for(model, act, lead))
        else:
            stale |= {lead, *(one.lead for one in had.values())}
    _extend(connection, lines, {key: awards for key, awards in fresh.items() if key[0] not in stale}, known)
    rebuild(connection, lines, stale, owners)
    add_up(connection)
    engaged(connection, [lead for lead, person in people.items() if person.stage == Stage.LEAD], at=now)


NOTHING_HAD: Mapping[str, Awarded] = {}


def _only_adds(act: Act, lead: LeadId, due: Sequence[Model], had: Mapping[str, Awarded], known: Mapping[Key, Known]) -> bool:
    """The lead is scored under every model the act counts for, and what the act was awarded for before (`had`, by model) still stands."""
    for model in due:
        if (lead, model.id) not in known:
            return False
    if not had:
        return True
    still = {model.id: Awarded(lead, act.kind, act.occurred_at, object_of(model, act)) for model in due}
    return all(still.get(id_) == one for id_, one in had.items())


def _is_late(act: Act, known: Known) -> bool:
    last_event_at = known.standing.last_event_at
    return last_event_at is not None and act.occurred_at <= last_event_at


# --- the short way: later events are added


def _extend(connection: Connection, lines: Lines, fresh: Mapping[Key, list[Award]], known: Mapping[Key, Known]) -> None:
    """`known`: the stored standings of at least these keys."""
    if not fresh:
        return
    before = counted_before(connection, lines.by_id, fresh, last={key: known[key].standing.last_event_at for key in fresh})
    awards: list[Award] = []
    changed: list[tuple[Key, Standing, Standing]] = []
    for key, new in fresh.items():
        model, (fit, standing) = lines.by_id[key[1]], known[key]
        judged = count_again(model, new, before=before.get(key, NOTHING_COUNTED))
        awards += judged
        changed.append((key, standing, advance(model, fit, standing, judged)))
    book.write_awards(connection, awards)
    book.change_standings(connection, changed)


# --- reading


class Difference(NamedTuple):
    """A lead whose stored standing is not the replay of its ledger."""

    lead: LeadId
    stored: float
    replayed: float


def current_mqls(connection: Connection, models: Mapping[str, Model], *, at: datetime) -> list[Score]:
    """Who is to be handed to a person at `at`: MQLs and fast-lane requests, these first, then by total, highest first.

    An index scan over `mql_until`. A lead with events after `at` is replayed up to `at`, so that nothing of its future leaks.
    """
    found: list[Score] = []
    rows = scores.c
    for model in models.values():
        now = connection.scalars(select(rows.lead).where(rows.model == model.id, rows.mql_until >= at, rows.last_event_at <= at)).all()
        standings = _stored(connection, model, now)
        standings |= as_of(connection, model, book.acted_after(connection, model.id, at), at=at)
        here = {lead: scored for lead, scored in standings.items() if scored.standing.is_mql(at)}
        found += _scores(connection, model, here, at=at)
    return sorted(found, key=lambda score: (not score.fast_lane, -score.total, score.lead, score.model))


def standings_at(connection: Connection, model: Model, ids: Collection[LeadId], *, at: datetime) -> dict[LeadId, Scored]:
    """What each of `ids` stands at under `model` at `at`; who did something later is replayed. A lead without a score is left out."""
    found = _stored(connection, model, ids)
    later = [lead for lead, (_, _, standing) in found.items() if standing.last_event_at is not None and standing.last_event_at > at]
    return found | as_of(connection, model, later, at=at)


def _stored(connection: Connection, model: Model, ids: Collection[LeadId]) -> dict[LeadId, Scored]:
    return {lead: scored for (lead, _), scored in book.scored_of(connection, ids, {model.id: model}).items()}


def score_of(connection: Connection, models: Mapping[str, Model], lead: LeadId, *, at: datetime) -> list[Score]:
    """The lead's score under each model it has one for, as it was or will be at `at` if nothing happens."""
    found: list[Score] = []
    for model in models.values():
        found += _scores(connection, model, as_of(connection, model, [lead], at=at), at=at)
    return found


def contributions(connection: Connection, models: Mapping[str, Model], lead: LeadId, *, at: datetime) -> dict[str, list[Contribution]]:
    """Every ledger row of the lead with what it is worth at `at`, oldest first, by model id."""
    by_id = {model.id: model for model in models.values()}
    awards = book.awards_of(connection, [lead], by_id, until=at)
    return {id_: list(contributions_of(by_id[id_], sorted(mine, key=in_time), at)) for (_, id_), mine in awards.items()}


def replay(connection: Connection, model: Model) -> list[Difference]:
    """Recompute every standing of `model` from its ledger rows; the leads whose stored sum or MQL dates differ, none if all is well."""
    leads_scored = connection.scalars(select(scores.c.lead).where(scores.c.model == model.id).order_by(scores.c.lead)).all()
    different = []
    for some in parts(leads_scored):
        people = people_of(connection, some)
        awards = book.awards_of(connection, some, [model.id])
        recycles = recycles_of(connection, some)
        for (lead, _), stored in book.scored_of(connection, some, {model.id: model}).items():
            fit = fit_points(model, people[lead].attributes)
            mine = awards.get((lead, model.id), [])
            again = advance(model, fit, NOTHING_YET, count_again(model, mine))
            due = with_recycles(model, lead, mine, [one for line, one in recycles.get(lead, ()) if line == model.service_line])
            if not (_agree(stored, fit, again) and _same_recycles(mine, due)):
                different.append(Difference(lead, sum(stored.standing.groups.values()), sum(again.groups.values())))
    return different


def _same_recycles(stored: Sequence[Award], due: Sequence[Award]) -> bool:
    """The ledger's rows of recycles are those its acts and the lead's history give."""

    def weights(awards: Sequence[Award]) -> dict[str, float]:
        return {award.engagement: award.weight for award in awards if award.rests_until is not None}

    old, new = weights(stored), weights(due)
    return old.keys() == new.keys() and all(isclose(old[key], new[key], rel_tol=1e-9, abs_tol=1e-9) for key in old)


def _agree(stored: Scored, fit: float, again: Standing) -> bool:
    old = stored.standing
    sums = all(isclose(old.groups.get(g, 0.0), again.groups.get(g, 0.0), rel_tol=1e-9, abs_tol=1e-9) for g in {*old.groups, *again.groups})
    dates = (old.mql_since, old.last_qualifying_at, old.fast_lane_at, old.disqualified_at, old.rests_until)
    again_dates = (again.mql_since, again.last_qualifying_at, again.fast_lane_at, again.disqualified_at, again.rests_until)
    return sums and stored.fit == fit and dates == again_dates and _same_end(old.mql_until, again.mql_until)


def _same_end(a: datetime | None, b: datetime | None) -> bool:
    """Ends are solved from sums that may differ in the last bit: a second apart is the same."""
    return a == b if a is None or b is None else abs(a - b) <= timedelta(seconds=1)


def as_of(connection: Connection, model: Model, ids: Collection[LeadId], *, at: datetime) -> dict[LeadId, Scored]:
    """Standings replayed from the ledger up to `at`; a lead without a score under this model is left out."""
    stored = book.scored_of(connection, ids, {model.id: model})
    awards = book.awards_of(connection, [lead for lead, _ in stored], [model.id], until=at)
    found = {}
    for (lead, _), scored in stored.items():
        judged = count_again(model, awards.get((lead, model.id), ()))
        found[lead] = Scored(model, scored.fit, advance(model, scored.fit, NOTHING_YET, judged))
    return found


def _scores(connection: Connection, model: Model, standings: Mapping[LeadId, Scored], *, at: datetime) -> list[Score]:
    awards = book.awards_of(connection, standings, [model.id], until=at)
    attributes = {lead: person.attributes for lead, person in people_of(connection, standings).items()}
    found = []
    for lead, (_, fit, standing) in standings.items():
        intent_now = intent(model, standing.groups, at)
        is_mql, fast_lane = standing.is_mql(at), standing.in_fast_lane(model, at)
        worth = contributions_of(model, awards.get((lead, model.id), ()), at)
        found.append(
            Score(
                lead=lead,
                model=model.id,
                track=model.track,
                service_line=model.service_line or "",
                at=at,
                fit=fit,
                intent=intent_now,
                total=total_points(model, fit, intent_now),
                is_mql=is_mql,
                fast_lane=fast_lane,
                mql_since=standing.mql_since if is_mql else None,
                mql_until=standing.mql_until if is_mql and standing.mql_until != FOREVER else None,
                reasons=reasons(model, attributes.get(lead, {}), worth, fast_lane=fast_lane),
            )
        )
    return found
