"""YouTube: the practice's videos, comments below them, and Analytics rows. A commenter's name and channel are never read."""

import re
from typing import Any

from policies.phi.schemas.draft import Draft, Shape, drafted, joined
from policies.phi.schemas.schema import Reader, Schema, Seen
from policies.phi.schemas.values import USED, keep, language_code, number, one_of, text, video
from policies.records import EngagementKind, RawEngagement, Source, Track

_views = number(0, 100_000_000, digits=0)

VIDEO = Schema(
    paths={
        **dict.fromkeys(("kind", "etag", "snippet.publishedAt", "snippet.channelId", "snippet.channelTitle", "snippet.categoryId"), USED),
        "id": keep("video", video),
        "snippet.title": text("title"),
        "snippet.description": text("description"),
        "snippet.defaultAudioLanguage": keep("language", language_code),
        "snippet.defaultLanguage": keep("language", language_code),
        "status.privacyStatus": keep("privacy", one_of("public", "unlisted", "private")),
        "status.madeForKids": USED,
        "statistics.viewCount": keep("views", _views),
        "statistics.likeCount": keep("likes", _views),
        "statistics.commentCount": keep("comments", _views),
    }
)

_COMMENT = "snippet.topLevelComment"
COMMENT = Schema(
    paths={
        **dict.fromkeys(("kind", "etag", "id", "snippet.channelId", "snippet.canReply", "snippet.isPublic"), USED),
        **dict.fromkeys((f"{_COMMENT}.{name}" for name in ("kind", "etag", "id", "snippet.publishedAt", "snippet.updatedAt")), USED),
        "snippet.videoId": keep("video", video),
        f"{_COMMENT}.snippet.videoId": keep("video", video),
        f"{_COMMENT}.snippet.textOriginal": text("original"),
        f"{_COMMENT}.snippet.textDisplay": text("display"),
        f"{_COMMENT}.snippet.likeCount": keep("likes", _views),
        "snippet.totalReplyCount": keep("replies", _views),
    }
)

_METRICS = {
    "views": keep("views", _views),
    "estimatedMinutesWatched": keep("minutes_watched", _views),
    "averageViewPercentage": keep("average_percent", number(0, 1_000, digits=2)),
    "averageViewDuration": keep("average_seconds", number(0, 86_400)),
    "subscribersGained": keep("subscribers_gained", _views),
    "likes": keep("likes", _views),
}
ANALYTICS = Schema(paths={"day": USED, "video": keep("video", video), **_METRICS})

# The one-record form other tools export: which of the three it is, its fields say.
YOUTUBE = Schema(
    names={
        **_METRICS,
        **dict.fromkeys(("publishedAt", "updatedAt", "timestamp", "etag", "created_at"), USED),
        "videoId": keep("video", video),
        "video_id": keep("video", video),
        "video": keep("video", video),
        "title": text("title"),
        "description": text("description"),
        "textOriginal": text("original"),
        "text": text("original"),
        "comment": text("original"),
        "comment_text": text("original"),
        "textDisplay": text("display"),
        "viewCount": keep("views", _views),
        "likeCount": keep("likes", _views),
        "replyCount": keep("replies", _views),
        "totalReplyCount": keep("replies", _views),
        "language": keep("language", language_code),
    },
    inside=("snippet", "topLevelComment", "statistics", "data", "item", "items", "payload", "comment", "video", "metrics"),
)

_CREDENTIAL = re.compile(r"\b(?:MD|M\.D\.|DO|D\.O\.|DDS|D\.D\.S\.|DMD|D\.M\.D\.|DPM|PhD|NP|PA-C|RN|FAAOS|FAAD|FACS)\b")
_REVIEWED = re.compile(r"\b(?:medically|clinically) reviewed\b|\brevisad[oa] (?:m[eé]dicamente|por)\b", re.IGNORECASE)
_REVIEW_DATE = re.compile(r"(?:reviewed|revisad[oa])[^\n]{0,160}?\b(?:19|20)\d{2}\b", re.IGNORECASE)


def build_video(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    """The video with what its description lacks: an author's credential, a medical reviewer, the date of the review."""
    values, registry = seen.values, reader.registry
    description = seen.texts.get("description", "")
    words = joined(seen, "title", "description")
    author = registry.provider_in(description)
    line = registry.line_in(seen.texts.get("title", "")) or (author.service_line if author else None) or registry.line_in(description)
    known: dict[str, Any] = {
        "has_credential": bool(_CREDENTIAL.search(description)),
        "has_reviewer": bool(_REVIEWED.search(description)),
        "has_review_date": bool(_REVIEW_DATE.search(description)),
    }
    draft = drafted(EngagementKind.VIDEO, seen, registry)
    return draft.but(
        object_key=values.get("video"),
        service_line=line,
        track=registry.track(line),
        provider=author.key if author else None,
        location=author.location if author else None,
        text=words,
        metrics=_numbers(values),
        attributes={name: "yes" if there else "no" for name, there in known.items()}
        | {name: values[name] for name in ("privacy",) if name in values},
    )


def build_comment(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    words = joined(seen, "original") or joined(seen, "display")
    line = reader.registry.line_in(words or "", track=Track.B2C_PATIENT)
    return drafted(EngagementKind.VIDEO_COMMENT, seen, reader.registry).but(
        object_key=seen.values.get("video"),
        service_line=line,
        track=reader.registry.track(line),
        text=words,
        metrics=_numbers(seen.values),
        attributes={"has_reply": "yes" if _owner_replied(raw.payload) else "no"},
        flags=("edited",) if raw.revised_at > raw.occurred_at else (),
    )


def build_analytics(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    draft = drafted(EngagementKind.VIDEO_STATS, seen, reader.registry)
    return draft.but(object_key=seen.values.get("video"), metrics=_numbers(seen.values))


def build_any(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    if "original" in seen.texts or "display" in seen.texts:
        return build_comment(seen, raw, reader)
    return build_video(seen, raw, reader) if seen.texts else build_analytics(seen, raw, reader)


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isinstance(value, float)}


def _owner_replied(payload: dict[str, Any]) -> bool:
    """Whether the channel itself is among those who answered; only this yes or no leaves."""
    try:
        owner = payload["snippet"]["channelId"]
        return any(reply["snippet"]["authorChannelId"]["value"] == owner for reply in payload["replies"]["comments"])
    except (KeyError, TypeError):
        return False


SHAPES = {
    Source.YOUTUBE_VIDEO: Shape(VIDEO, build_video),
    Source.YOUTUBE_COMMENT: Shape(COMMENT, build_comment),
    Source.YOUTUBE_ANALYTICS: Shape(ANALYTICS, build_analytics),
    Source.YOUTUBE: Shape(YOUTUBE, build_any),
}
