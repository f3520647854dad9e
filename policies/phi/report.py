"""What a scrub did, for people: the reasons beside each span, counts without content, and a page of before and after. Pure.

The page of before and after shows the identifiers themselves: it is for the privacy officer's eyes and is made only on request.
"""

import html
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from policies.phi.hits import WEAK, Hit
from policies.phi.normalise import PLACEHOLDER
from policies.phi.scrub import Scrubbed


def confidence(hit: Hit) -> float:
    """How sure the finder was, 0.5-1: 0.98 for a pattern, a list or a check digit, the tagger's probability for a name or a town."""
    if hit.score <= WEAK:
        return 0.5
    return round(min(0.99, max(0.5, 1 / (1 + math.exp(-hit.score)))), 2)  # never certain


def explained(hits: Iterable[Hit]) -> list[dict[str, object]]:
    """One object a span: where, what, which finder, how sure. No content."""
    return [
        {"start": hit.start, "end": hit.end, "label": hit.label.value, "why": hit.why, "confidence": confidence(hit)}
        for hit in sorted(hits)
    ]


@dataclass
class ScrubReport:
    """Counts over a stream of texts and payloads; `as_json` holds no content."""

    texts: int = 0
    changed: int = 0
    payloads: int = 0
    lines_refused: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    finders: Counter[str] = field(default_factory=Counter)
    sureness: dict[str, list[float]] = field(default_factory=dict)
    withheld: Counter[str] = field(default_factory=Counter)
    fields_refused: Counter[str] = field(default_factory=Counter)

    def add_text(self, found: Scrubbed) -> None:
        self.texts += 1
        if found.withheld:
            self.withheld[found.withheld] += 1
            return
        self.changed += bool(found.hits)
        for hit in found.hits:
            self.labels[hit.label.value] += 1
            self.finders[hit.why] += 1
            low, total, count = self.sureness.setdefault(hit.label.value, [1.0, 0.0, 0.0])
            sure = confidence(hit)
            self.sureness[hit.label.value] = [min(low, sure), total + sure, count + 1]

    def add_payload(self, source: str, refused: Iterable[str], labels: Iterable[str], withheld: str | None) -> None:
        """`refused` are JSON Pointers: counted by source and depth, since a key may itself be an identifier."""
        self.payloads += 1
        for pointer in refused:
            self.fields_refused[f"{source}: {'nested ' if pointer.count('/') > 1 else ''}field not in the schema, sealed or not valid"] += 1
        for label in labels:
            self.labels[label] += 1
        if withheld:
            self.withheld[withheld] += 1

    def as_json(self) -> dict[str, object]:
        return {
            "texts": self.texts,
            "texts_changed": self.changed,
            "payloads": self.payloads,
            "lines_refused": self.lines_refused,
            "labels": {
                label: {"count": count}
                | (
                    {"lowest_confidence": round(sure[0], 2), "mean_confidence": round(sure[1] / sure[2], 2)}
                    if (sure := self.sureness.get(label))
                    else {}
                )
                for label, count in sorted(self.labels.items())
            },
            "finders": dict(sorted(self.finders.items())),
            "withheld": dict(sorted(self.withheld.items())),
            "dropped_fields": dict(sorted(self.fields_refused.items())),
        }


_PAGE_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Scrub diff</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;background:#fff}
p.warn{border-left:4px solid #b42318;padding:.5rem .75rem;background:#fef3f2}
article{display:grid;grid-template-columns:1fr 1fr;gap:1rem;border-top:1px solid #d0d7de;padding:1rem 0}
h2{grid-column:1/-1;font-size:1rem;margin:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font:inherit}
mark{background:#ffe2dd;border-bottom:2px solid #b42318}mark.made{background:#ddf4e4;border-color:#1a7f37}
ul{grid-column:1/-1;margin:0;padding-left:1.2rem;font-size:.9rem;color:#57606a}
@media(max-width:40rem){article{grid-template-columns:1fr}}
</style></head><body>
<h1>Scrub diff</h1>
<p class="warn">This page shows identifiers in clear, for the privacy officer. Do not store or send it; delete it when you have read it.</p>
"""


def diff_head() -> str:
    return _PAGE_HEAD


def diff_entry(name: str, text: str, found: Scrubbed) -> str:
    """Before and after of one text, with the reason of each span; every character escaped."""
    before: list[str] = []
    at = 0
    for hit in found.hits:
        label = f"{hit.label.value}: {hit.why}"
        before += (html.escape(text[at : hit.start]), f'<mark title="{html.escape(label)}">{html.escape(text[hit.start : hit.end])}</mark>')
        at = hit.end
    before.append(html.escape(text[at:]))
    after = PLACEHOLDER.sub(r'<mark class="made">\g<0></mark>', html.escape(found.text))  # a bracket of the author's own is no placeholder
    reasons = "".join(f"<li>{hit.label.value}: {html.escape(hit.why)}, {confidence(hit):.0%} sure</li>" for hit in found.hits)
    why = f"<ul>{reasons}</ul>" if reasons else "<ul><li>nothing removed</li></ul>"
    return f"<article><h2>{html.escape(name)}</h2><pre>{''.join(before)}</pre><pre>{after}</pre>{why}</article>\n"


def diff_foot() -> str:
    return "</body></html>\n"
