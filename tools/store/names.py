"""Names of the practice's own leads as keyed hashes: filed with each contact, looked up by the scrubber, gone when the contact is shredded."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, delete, select

from policies.phi.known import grams_of
from policies.records import Contact
from tools.keys import KeyRing
from tools.store.database import insert_new
from tools.store.tables import name_grams

_LENGTH = 32  # hex digits: 128 bits


def file_names(connection: Connection, ring: KeyRing, found: Iterable[tuple[str, Contact]]) -> None:
    """Remember the names of contacts, by match key. Filing twice changes nothing."""
    rows = [{"gram": hashed(ring, gram), "match_key": key} for key, contact in found for gram in grams_of(contact)]
    if rows:
        connection.execute(insert_new(connection, name_grams), rows)


def forget_names(connection: Connection, match_keys: Iterable[str]) -> None:
    connection.execute(delete(name_grams).where(name_grams.c.match_key.in_(list(match_keys))))


def known_names(connection: Connection, ring: KeyRing) -> Callable[[str], bool]:
    """Is this gram a name of a lead? Each gram is asked of the database once (an index look-up); valid while `connection` is open."""
    seen: dict[str, bool] = {}

    def is_known(gram: str) -> bool:
        if gram not in seen:
            statement = select(name_grams.c.gram).where(name_grams.c.gram == hashed(ring, gram)).limit(1)
            seen[gram] = connection.scalar(statement) is not None
        return seen[gram]

    return is_known


def hashed(ring: KeyRing, gram: str) -> str:
    return ring.fingerprint(f"name\x00{gram}", length=_LENGTH)
