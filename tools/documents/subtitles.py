"""The words of subtitles (.srt, .vtt): cues are joined, so that a sentence that runs over several of them reads as one."""

import html
import re

from tools.documents.places import Copy, Writer, trimmed

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_TIMING = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->")
_NO_CUE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:[ \t]|$)")
_SPEAKER = re.compile(r"\s*(?:-|–|—|>>|<v[. ][^<>]*>)")
_MARKUP = re.compile(
    r"(?P<drop></?(?:[biu]|c|v|lang|ruby|rt|font)\b[^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\})|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,8});",
    re.IGNORECASE,
)


def read_subtitles(source: Copy) -> Copy:
    """The text of all cues in order. A new speaker begins a new line; timings, cue names, notes, styles and tags are left out."""
    lines = [hit for hit in _LINE.finditer(source.text) if hit.group()]
    out = Writer()
    speaker = ""
    for start, end in _spoken(lines, webvtt=source.text.startswith("WEBVTT")):
        hit = _SPEAKER.match(source.text, start, end)
        said_by = hit[0].strip() if hit else ""
        # A dash is always another speaker, a voice tag only when it names another voice.
        changes = bool(said_by) and (said_by != speaker or not said_by.startswith("<"))
        speaker = said_by or speaker
        if out.length:
            out.put("\n" if changes else " ", source, start, start)
        _write(source, out, start, end)
    return out.done()


def _spoken(lines: list[re.Match[str]], *, webvtt: bool) -> list[tuple[int, int]]:
    """Where the lines of cues stand. What cannot be told from a cue's text is text: an empty line inside a cue must hide nothing."""
    found: list[tuple[int, int]] = []
    skipping = False
    for number, line in enumerate(lines):
        text = line.group().strip()
        before = lines[number - 1].group().strip() if number else ""
        after = lines[number + 1].group() if number + 1 < len(lines) else ""
        if not text:
            skipping = False
        elif webvtt and not before and _NO_CUE.match(text):
            skipping = True
        elif not (skipping or _TIMING.match(text) or (_TIMING.match(after) and (text.isdigit() or (webvtt and not before)))):
            found.append(line.span())
    return found


def _write(source: Copy, out: Writer, start: int, end: int) -> None:
    place, end = trimmed(source, start, end)
    for hit in _MARKUP.finditer(source.text, place, end):
        out.take(source, place, hit.start())
        if not hit["drop"]:
            out.put(html.unescape(hit.group()), source, *hit.span())
        place = hit.end()
    out.take(source, place, end)
