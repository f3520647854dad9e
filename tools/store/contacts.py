"""Contacts: the sealed zone's names and addresses, one row per match key; and whether a lead may be contacted at all.

Only `approvals/execute.py` and `approvals/reveal.py` may resolve.
Each row is encrypted with its own data key, which the ring wraps; without the wrapped key the row can never be read again, which is how a
contact is shredded. A lead's contact is the union over its match keys, so merging leads moves nothing.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, select, update

from policies.records import Contact, LeadId
from tools.errors import NotFound, StoreError
from tools.keys import KEY_BYTES, NONCE_BYTES, KeyRing, Sealed
from tools.store.database import upsert
from tools.store.names import file_names, forget_names
from tools.store.tables import consents, contacts, lead_keys, leads, suppressions

CHUNK = 500  # keys per IN list
SHREDDED = b""
_STRONGEST = ("email", "phone", "npi", "user", "anon")


def save_contacts(connection: Connection, ring: KeyRing, found: Iterable[tuple[tuple[str, ...], Contact]], *, now: datetime) -> int:
    """Store what a batch revealed; returns how many rows were written.

    `found` pairs an engagement's match keys ("email:…", "phone:…") with its contact, in the order it happened: a later value overwrites an
    earlier one of the same field, a missing one overwrites nothing. The row is filed under the strongest key.
    """
    news: dict[str, Contact] = {}
    for keys, contact in found:
        known = [key for key in keys if key.partition(":")[0] in _STRONGEST]
        if known and contact.model_dump(exclude_none=True):
            key = min(known, key=lambda one: (_STRONGEST.index(one.partition(":")[0]), one))
            news[key] = _merged(news.get(key), contact)
    names = sorted(news)
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        old = {row.match_key: row for row in connection.execute(select(contacts).where(contacts.c.match_key.in_(part)))}
        whole = {key: _merged(_opened(ring, old[key]) if key in old else None, news[key]) for key in part}
        rows = [_sealed(ring, key, contact, now) for key, contact in whole.items()]
        columns = ("wrapped_key", "key_id", "nonce", "ciphertext", "updated_at")
        connection.execute(upsert(connection, contacts, key=("match_key",), update=columns), rows)
        file_names(connection, ring, whole.items())
    return len(names)


def resolve(connection: Connection, ring: KeyRing, lead: LeadId) -> Contact:
    """The contact of a lead (followed to the lead it was merged into), newest value of each field. Raises NotFound when there is none."""
    statement = (
        select(contacts)
        .join(lead_keys, lead_keys.c.match_key == contacts.c.match_key)
        .where(lead_keys.c.lead == surviving(connection, lead))
        .order_by(contacts.c.updated_at, contacts.c.match_key)
    )
    union: Contact | None = None
    for row in connection.execute(statement):
        if (contact := _opened(ring, row)) is not None:
            union = _merged(union, contact)
    if union is None:
        raise NotFound(f"lead {lead} has no contact: none was given, or it was shredded")
    return union


def shred(connection: Connection, lead: LeadId) -> int:
    """Destroy the data keys of a lead's contacts: nothing can read them any more. Returns how many."""
    keys = select(lead_keys.c.match_key).where(lead_keys.c.lead == surviving(connection, lead))
    forget_names(connection, connection.scalars(keys))
    statement = update(contacts).where(contacts.c.match_key.in_(keys), contacts.c.wrapped_key != SHREDDED)
    return connection.execute(statement.values(wrapped_key=SHREDDED, ciphertext=SHREDDED)).rowcount


def has_consent(connection: Connection, lead: LeadId, *, purpose: str = "email") -> bool:
    """The lead's latest word on being contacted for `purpose` ("email", "sms", "phone"); silence is no."""
    asked = (consents.c.lead == surviving(connection, lead)) & (consents.c.purpose == purpose)
    return bool(connection.scalar(select(consents.c.granted).where(asked)))


def is_suppressed(connection: Connection, lead: LeadId, *, channel: str = "email") -> bool:
    held = (suppressions.c.lead == surviving(connection, lead)) & (suppressions.c.channel == channel)
    return connection.scalar(select(suppressions.c.lead).where(held)) is not None


def surviving(connection: Connection, lead: LeadId) -> LeadId:
    """The lead that `lead` lives on in after merges."""
    seen = {lead}
    while (into := connection.scalar(select(leads.c.merged_into).where(leads.c.id == lead))) and into not in seen:
        lead = LeadId(into)
        seen.add(lead)
    return lead


def _merged(old: Contact | None, new: Contact) -> Contact:
    return old.model_copy(update=new.model_dump(exclude_none=True)) if old else new


def _sealed(ring: KeyRing, match_key: str, contact: Contact, now: datetime) -> dict[str, Any]:
    data_key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    wrapped = ring.seal(data_key, context=f"contacts/{match_key}")
    ciphertext = AESGCM(data_key).encrypt(nonce, contact.model_dump_json(exclude_none=True).encode(), match_key.encode())
    row = {"match_key": match_key, "wrapped_key": wrapped.nonce + wrapped.ciphertext, "key_id": wrapped.key_id}
    return row | {"nonce": nonce, "ciphertext": ciphertext, "updated_at": now}


def _opened(ring: KeyRing, row: Row[Any]) -> Contact | None:
    if row.wrapped_key == SHREDDED:
        return None
    wrapped = Sealed(row.key_id, row.wrapped_key[:NONCE_BYTES], row.wrapped_key[NONCE_BYTES:])
    data_key = ring.open(wrapped, context=f"contacts/{row.match_key}")
    try:
        return Contact.model_validate_json(AESGCM(data_key).decrypt(row.nonce, row.ciphertext, row.match_key.encode()))
    except InvalidTag:
        raise StoreError("a sealed row of contacts does not open with its own key: it was changed") from None
