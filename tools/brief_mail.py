"""The brief as a mail: plain text and simple HTML of the same record. What programs and files said stays inside; nobody is named."""

from email.message import EmailMessage
from email.utils import format_datetime

from markupsafe import Markup

from policies.spoken import counted
from tools.brief import MONEY, Brief, LineWeek, change, done_rows, text_of, week_name, weight_words
from tools.goals import usd

# Mail programs drop style sheets and scripts: inline attributes only, one column, no image.
# Every block ends its line: what is read without the tags must not grow together.
_TABLE = "border-collapse:collapse;font-size:14px"
_CELL = "border-bottom:1px solid #dbe1e0"
_QUIET = "color:#52626c"
_BODY = "font-family:Arial,sans-serif;color:#1b2a33;max-width:640px;margin:0 auto;padding:16px"
_TITLE = "font-size:22px"
_HEADING = "font-size:16px;margin:24px 0 6px"


def brief_message(written: Brief, to: str, sender: str, *, desk_url: str = "") -> EmailMessage:
    """The mail of `written` from `sender` to `to`, without a Message-ID: whoever sends it gives it one. With `desk_url` its lines are links.

    Raises ValueError for an address that would break a header.
    """
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    waits = f"{counted(written.waiting, 'item')} {'waits' if written.waiting == 1 else 'wait'} for you"
    message["Subject"] = f"{written.practice}: week {week_name(written.since)}, {waits}"
    message["Date"] = format_datetime(written.until)
    text = text_of(written, details=False)
    message.set_content(f"{text}\nOpen the desk: {desk_url}{page_of(written)}\n" if desk_url else text)
    message.add_alternative(html_of(written, desk_url=desk_url), subtype="html")
    return message


def own_words(written: Brief, *, desk_url: str = "") -> tuple[str, ...]:
    """What of the mail is the practice's own or ours, for the guard that looks for other people's identifiers: names of the practice and its lines,
    styles, addresses of pages, our ids, the days of the week it is about."""
    ids = {note.path.rpartition("/")[2] for note in written.failed}
    days = {f"{at:{form}}" for at in (written.since, written.until) for form in ("%d %b %Y", "%d %b %Y %H:%M %Z", "%G-W%V")}
    styles = (_TABLE, _CELL, _QUIET, _BODY, _TITLE, _HEADING, "<li>", "</li>")  # Li is a name too
    links = {f"{desk_url}{note.path}" for note in written.failed if note.path}
    return (written.practice, *(line.name for line in written.lines), MONEY, *styles, *sorted(ids | days | links - {""}), desk_url)


def page_of(written: Brief) -> str:
    return f"/brief?week={week_name(written.since)}"


def html_of(written: Brief, *, desk_url: str = "") -> str:
    """The brief as a page of HTML that needs no script, style sheet, font or network."""
    parts = [
        Markup('<p style="{}">{} to {}</p>\n<p>{}.</p>\n').format(
            _QUIET, f"{written.since:%d %b %Y}", f"{written.until:%d %b %Y}", written.objective
        ),
        _section("What changed", [_lines(written.lines), _list(written.changed)]),
        _section("Why", [_list(written.why)]) if written.why else Markup(),
        _section("What was done", [_list(done_rows(written) or ("Nothing was executed.",))]),
        _section(f"What waits for you ({written.waiting:,})", [_waits(written, desk_url)]),
        _section("What could not be done", [_failed(written, desk_url)]),
        _section(MONEY, [_list((_money(written), *written.risks))]),
    ]
    if desk_url:
        parts.append(Markup('<p><a href="{}{}">Open the desk</a></p>').format(desk_url, page_of(written)))
    title = f"{written.practice}: the week {week_name(written.since)}"
    head = Markup('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{0}</title></head>\n').format(title)
    body = Markup('<body style="{}">\n<h1 style="{}">{}</h1>\n').format(_BODY, _TITLE, title)
    return str(head + body + Markup("\n").join(parts) + Markup("</body></html>\n"))


def _section(title: str, parts: list[Markup]) -> Markup:
    return Markup('<h2 style="{}">{}</h2>\n{}').format(_HEADING, title, Markup("").join(parts))


def _list(rows: tuple[str, ...]) -> Markup:
    return Markup("<ul>\n{}</ul>\n").format(Markup("").join(Markup("<li>{}</li>\n").format(row) for row in rows))


def _lines(lines: tuple[LineWeek, ...]) -> Markup:
    head = ("Service line", "MQLs", "SQLs", "Spend", "Per MQL")
    rows = [
        (
            one.name,
            f"{one.mqls}{change(one.mqls - one.mqls_before)}",
            f"{one.sqls}{change(one.sqls - one.sqls_before)}",
            usd(one.spend_usd),
            "–" if one.cost_per_mql_usd is None else usd(one.cost_per_mql_usd),
        )
        for one in lines
    ]
    top = Markup("").join(Markup('<th align="left" style="{}">{}</th>\n').format(_CELL, name) for name in head)
    body = [
        Markup("<tr>{}</tr>\n").format(Markup("").join(Markup('<td style="{}">{}</td>\n').format(_CELL, cell) for cell in row))
        for row in rows
    ]
    table = Markup('<table cellpadding="6" cellspacing="0" border="0" style="{}">\n<tr>{}</tr>\n{}</table>\n')
    return table.format(_TABLE, top, Markup("").join(body))


def _waits(written: Brief, desk_url: str) -> Markup:
    if not written.waits:
        return Markup("<p>Nothing waits.</p>")
    items = [
        Markup("<li>{} {}</li>\n").format(
            _linked(f"{group.count:,} × {group.title}", f"/queue?kind={group.kind.value}", desk_url), weight_words(group)
        )
        for group in written.waits
    ]
    total = f"{written.high_risk_waiting:,} of high risk, {usd(written.money_waiting_usd)} to decide."
    return Markup("<p>{}</p>\n<ul>\n{}</ul>\n").format(total, Markup("").join(items))


def _failed(written: Brief, desk_url: str) -> Markup:
    if not written.failed:
        return Markup("<p>Nothing.</p>")
    return Markup("<ul>\n{}</ul>\n").format(
        Markup("").join(Markup("<li>{}</li>\n").format(_linked(one.words, one.path, desk_url)) for one in written.failed)
    )


def _linked(words: str, path: str, desk_url: str) -> Markup:
    return Markup('<a href="{}{}">{}</a>').format(desk_url, path, words) if desk_url and path else Markup("{}").format(words)


def _money(written: Brief) -> str:
    return (
        f"Known spend {usd(written.spend_usd)} (before {usd(written.spend_before_usd)}); "
        f"the budget gives {usd(written.budget_share_usd)} for these days, {usd(written.budget_usd)} per 30 days"
    )
