"""Leads: who stands highest on each service line, and why one lead stands where it does. No contact and no text: acts and points."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.matching import MAY_MATCH
from approvals.web.curve import picture_of
from approvals.web.desk import desk_of, may_open, see_other
from approvals.web.reports import curve_of
from approvals.web.told import told_of
from approvals.web.views import who_is_who
from approvals.web.views.pictures import csv_response, image_response
from policies.leads.reasons import EVENT_WORDS, ending_words, group_words, step_words, unmet_words, what_if_words
from policies.records import LeadId
from tools.store.contacts import surviving
from tools.store.explain import explain
from tools.store.lifecycle import family
from tools.store.matches import matches
from tools.store.models import models_in_force
from tools.store.ranking import count_mqls, mqls_among, top_leads

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/leads"))]
TOP = 50
WHAT_IFS = 3
LEDGER_ROWS = 100
MEMBERS = 20


@router.get("/leads")
def show(request: Request, me: Reader, model: str = "") -> Response:
    desk = desk_of(request)
    ws, at = desk.workspace, desk.workspace.clock()
    with ws.database.read() as connection:
        models = models_in_force(connection, ws.practice, ws.directory)
        name = model if model in models else next(iter(models), "")
        rows = top_leads(connection, models[name], at=at, limit=TOP) if name else []
        ranked = [row for row in rows if row.total > 0]
        mqls = mqls_among(connection, models[name], [row.lead for row in ranked], at=at) if name else set()
        counts = {key: count_mqls(connection, {key: one}, at=at) for key, one in models.items()}
    return desk.page(request, "leads.html", me=me, models=models, name=name, rows=ranked, mqls=mqls, counts=counts, top=TOP)


@router.get("/leads/{lead}")
def show_one(request: Request, lead: str, me: Reader) -> Response:
    desk = desk_of(request)
    ws, at = desk.workspace, desk.workspace.clock()
    with ws.database.read() as connection:
        if (lives_on := surviving(connection, LeadId(lead))) != lead:
            return see_other(f"/leads/{lives_on}")
        found = explain(connection, models_in_force(connection, ws.practice, ws.directory), LeadId(lead), at=at)
        log = matches(connection, LeadId(lead), limit=who_is_who.ROWS)
        parts = sorted(family(connection, [LeadId(lead)]) - {lead})
    return desk.page(
        request,
        "lead.html",
        me=me,
        lead=lead,
        found=[(one, picture_of(one, at=at)) for one in found],
        step_words=step_words,
        what_if_words=what_if_words,
        unmet_words=unmet_words,
        ending_words=ending_words,
        event_words=EVENT_WORDS,
        group_words=group_words,
        most=WHAT_IFS,
        rows_shown=LEDGER_ROWS,
        members_shown=MEMBERS,
        matches=log,
        parts=parts,
        may_match=me.has(*MAY_MATCH),
        rules=who_is_who.RULE,
        merge_words=who_is_who.MERGE,
        unmerge_words=who_is_who.UNMERGE,
        told=told_of(request),
    )


@router.get("/leads/{lead}/curve.csv")
def curve_csv(request: Request, lead: str, me: Reader, model: str = "") -> Response:
    return csv_response(curve_of(desk_of(request).workspace, LeadId(lead), model)[1], "score-over-time")


@router.get("/leads/{lead}/curve.png")
def curve_png(request: Request, lead: str, me: Reader, model: str = "") -> Response:
    found = curve_of(desk_of(request).workspace, LeadId(lead), model)[1]
    return image_response(request, "timeline", found, "png", ("timeline", found))


@router.get("/leads/{lead}/curve.svg")
def curve_svg(request: Request, lead: str, me: Reader, model: str = "") -> Response:
    found = curve_of(desk_of(request).workspace, LeadId(lead), model)[1]
    return image_response(request, "timeline", found, "svg", ("timeline", found))
