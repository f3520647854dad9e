"""YouTube: descriptions that name author, reviewer and review date, and replies to comments that give no advice.

The existing description is carried into the update, because that is what will be published: a claim in it that breaks a rule blocks the
action until a person rewrites it. A review is never claimed: the date stays a blank that the clinical reviewer fills in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from agents.context import Candidate, Context, answered, best, quarter, signed
from agents.prompts import INSTRUCTIONS
from policies.actions import ActionKind, Content, Proposal, Risk
from policies.records import Channel, Engagement, EngagementKind
from tools.llm import DraftRequest

REQUIRED = {"has_credential": "author with degree", "has_reviewer": "medical reviewer", "has_review_date": "date of the medical review"}
REVIEW_DATE_BLANK = "{{medical_review_date}}"
# The lines this update replaces: they end at the line's end, or at the sentence's when the description is one paragraph.
_CREDIT = re.compile(r"\s*(?:author: [^\n]*?|medically reviewed by [^\n]*?)(?:\.(?=\s|$)|(?=\n|$))", re.IGNORECASE)
_QUESTION = re.compile(r"[?¿]")


@dataclass
class _Seen:
    videos: dict[str, Engagement] = field(default_factory=dict)
    comments: dict[str, Engagement] = field(default_factory=dict)
    views: dict[str, float] = field(default_factory=dict)


def propose(engagements: Iterable[Engagement], context: Context) -> list[Proposal]:
    """Proposals for the YouTube channel: the most viewed videos without complete credits, then unanswered questions."""
    seen = _Seen()
    for one in engagements:
        match one.kind:
            case EngagementKind.VIDEO if one.object_key and one.text:
                _keep_newest(seen.videos, one.object_key, one)
            case EngagementKind.VIDEO_STATS if one.object_key:
                seen.views[one.object_key] = seen.views.get(one.object_key, 0.0) + one.metrics.get("views", 0.0)
            case EngagementKind.VIDEO_COMMENT:
                _keep_newest(seen.comments, one.id, one)
            case _:
                pass
    return best(chain(_updates(seen, context), _replies(seen, context)), context)


def _keep_newest(kept: dict[str, Engagement], key: str, one: Engagement) -> None:
    if key not in kept or one.revised_at > kept[key].revised_at:
        kept[key] = one


def _updates(seen: _Seen, context: Context) -> Iterator[Candidate]:
    for video, one in seen.videos.items():
        if lacks := tuple(words for name, words in REQUIRED.items() if one.attributes.get(name) != "yes"):
            views = seen.views.get(video, one.metrics.get("views", 0.0))
            yield Candidate(1_000 + views * context.weight(one.service_line), _update(video, one, lacks, views, context))


def _update(video: str, one: Engagement, lacks: tuple[str, ...], views: float, context: Context) -> Proposal:
    author = next((found for found in context.practice.providers if found.key == one.provider), None) or context.author(one.service_line)
    reviewer = context.medical_reviewer()
    title, _, description = (one.text or "").partition("\n")
    kept = _CREDIT.sub("", description).strip()
    credit = f"Author: {signed(author)}.\n" if author else ""
    body = f"{kept}\n\n{credit}Medically reviewed by {reviewer} on {REVIEW_DATE_BLANK}.".strip()
    withheld = (
        ("[…] marks what the scrubber withheld: leave those words as they are on YouTube",) if re.search(r"\[[A-Z_]+\d*\]", kept) else ()
    )
    return Proposal(
        kind=ActionKind.VIDEO_METADATA,
        channel=Channel.YOUTUBE,
        subject=f"video:{video}",
        period=quarter(context.now),
        content=Content(
            title=title,
            body=body,
            fields={"video": video, "medical_reviewer": reviewer},
            destination="YouTube Studio, Content, Details, Description",
        ),
        why=(
            f"The description lacks: {', '.join(lacks)}",
            f"{views:.0f} views in the window",
            "The review date stays blank until the clinical reviewer has signed",
            *withheld,
        ),
        risk=Risk.MEDIUM,
        states=context.states(line=one.service_line, location=one.location, provider=author.key if author else None),
        facts=context.clinical_facts(one.service_line, author),
        evidence=context.evidence(f"video:{video}"),
    )


def _replies(seen: _Seen, context: Context) -> Iterator[Candidate]:
    for one in seen.comments.values():
        if one.attributes.get("has_reply") != "yes" and one.text and (_QUESTION.search(one.text) or "prompt_injection" in one.flags):
            age_days = max((context.now - one.occurred_at).days, 0)
            yield Candidate(
                500 * context.weight(one.service_line) - min(age_days, 60), *_reply(one, seen.videos.get(one.object_key or ""), context)
            )


def _reply(one: Engagement, video: Engagement | None, context: Context) -> tuple[Proposal, DraftRequest]:
    line = context.line(one.service_line)
    organisation = context.practice.organisation
    language = "es" if one.language == "es" else "en"
    subject = f"comment:{one.id}"
    request = DraftRequest(
        kind=ActionKind.COMMENT_REPLY,
        subject=subject,
        instruction=INSTRUCTIONS[ActionKind.COMMENT_REPLY],
        facts={
            "practice": organisation.name,
            "phone": organisation.phone,
            "url": organisation.website + (line.paths[0] if line and line.paths else ""),
            "emergency": "911",
        },
        untrusted=(one.text or "",),
        language=language,
        max_chars=400,
    )
    notes = ("The text tries to give instructions to software: it was read as data only",) if "prompt_injection" in one.flags else ()
    proposal = Proposal(
        kind=ActionKind.COMMENT_REPLY,
        channel=Channel.YOUTUBE,
        subject=subject,
        period="once",
        content=Content(
            title=f"Reply to a comment on “{(video.text or '').partition(chr(10))[0]}”" if video else "Reply to a comment on a video",
            body="",
            fields={"video": one.object_key, "language": language},
            destination="YouTube Studio, Comments",
        ),
        why=(
            answered(one),
            f"A question, unanswered for {max((context.now - one.occurred_at).days, 0)} days",
            "The reply gives no advice and says nothing about the writer",
            *notes,
        ),
        risk=Risk.HIGH,
        states=context.states(line=one.service_line),
        facts={"platform": "youtube"},
    )
    return proposal, request
