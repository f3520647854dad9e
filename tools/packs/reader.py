"""The second reader's weights, read once."""

from functools import cache
from importlib.resources import files

from policies.rules.reader import Reader, reader_of


@cache
def load_reader() -> Reader:
    """The shipped weights. Raises ValueError when they are damaged."""
    return reader_of((files("policies.rules") / "data" / "reader.bin").read_bytes())
