"""Coverage-guided fuzzing of the scrubber with atheris: any bytes, as text and as a line of `liaison scrub`. Stops at the first broken promise.

Promises: never raises, offsets lie inside the text and in order, scrubbing twice equals scrubbing once, a withheld text comes out as nothing else,
and a line of input gives an answer or a complaint without its content. Run: `make phi-fuzz` (one minute; ARGS="-max_total_time=3600" for longer).
"""

import io
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["policies.phi"]):
    from agents.commands.scrub import scrub
    from policies.phi.scrub import WITHHELD, Scrubber
    from tools.packs.phi import load_lexicon

SCRUBBER = Scrubber(load_lexicon(), ("Elena Vega", "(312) 555-0100"))
CANARY = "quillfeather@example.org"


def text_keeps_its_promises(text: str) -> None:
    found = SCRUBBER.scrubbed(text)
    edges = [edge for hit in found.hits for edge in (hit.start, hit.end)]
    assert edges == sorted(edges), edges
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(text)), edges
    assert not found.withheld or found.text == WITHHELD
    assert SCRUBBER.scrubbed(found.text).text == found.text
    assert CANARY not in SCRUBBER.scrubbed(f"{text} {CANARY} {text}").text


def line_is_answered(line: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert scrub(io.StringIO(line + "\n"), out, err, practice=None, as_json=True) == 0
    assert CANARY not in out.getvalue() + err.getvalue() or CANARY not in line


def one(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    text_keeps_its_promises(text)
    line_is_answered(text.replace("\n", " "))
    line_is_answered('{"id":"a","source":"form_vendor","payload":' + text.replace("\n", " ") + "}")


if __name__ == "__main__":
    import os

    os.environ.setdefault("LIAISON_HOME", tempfile.mkdtemp())
    atheris.Setup([*sys.argv, "-max_len=400"], one)
    atheris.Fuzz()
