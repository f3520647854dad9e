"""Contacts: sealed at rest, united over a lead's keys, gone when shredded."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text, update

from policies.records import Contact, LeadId
from tools.errors import NotFound, StoreError
from tools.keys import KeyRing
from tools.store.contacts import resolve, save_contacts, shred, surviving
from tools.store.database import Database
from tools.store.names import known_names
from tools.store.tables import contacts, lead_keys, leads, name_grams

LEAD, OLD = LeadId("L-1"), LeadId("L-0")
WREN = Contact(first_name="Wren", email="wren.quillfeather@example.org")


@pytest.fixture(autouse=True)
def _leads(database: Database, now: datetime) -> None:
    with database.write() as connection:
        for lead, into in ((LEAD, None), (OLD, LEAD)):
            row = {"id": lead, "track": "b2c_patient", "created_at": now, "merged_into": into, "attributes": {}, "stage": "lead"}
            connection.execute(insert(leads).values(row))
        for key in ("email:aa", "phone:bb"):
            connection.execute(insert(lead_keys).values(match_key=key, lead=LEAD, added_at=now))


def test_a_lead_s_contact_is_the_newest_value_of_each_field_over_its_keys(database: Database, ring: KeyRing, now: datetime) -> None:
    with database.write() as connection:
        assert (
            save_contacts(connection, ring, [(("anon:1", "email:aa"), WREN), (("email:aa",), Contact(last_name="Quillfeather"))], now=now)
            == 1
        )
        save_contacts(connection, ring, [(("phone:bb",), Contact(phone="555-0142", first_name="W."))], now=now + timedelta(days=1))

    with database.read() as connection:
        found = resolve(connection, ring, LEAD)

    assert found == Contact(first_name="W.", last_name="Quillfeather", email=WREN.email, phone="555-0142")


def test_a_merged_lead_resolves_to_the_one_it_lives_on_in(database: Database, ring: KeyRing, now: datetime) -> None:
    with database.write() as connection:
        save_contacts(connection, ring, [(("email:aa",), WREN)], now=now)

    with database.read() as connection:
        assert surviving(connection, OLD) == LEAD
        assert resolve(connection, ring, OLD) == WREN


def test_nothing_is_stored_in_clear_and_nothing_moves_to_another_row(database: Database, ring: KeyRing, now: datetime) -> None:
    with database.write() as connection:
        save_contacts(connection, ring, [(("email:aa",), WREN), (("phone:bb",), Contact(phone="555-0142"))], now=now)
        stored = b"".join(bytes(part) for row in connection.execute(select(contacts.c.ciphertext, contacts.c.wrapped_key)) for part in row)
        assert b"Quillfeather" not in stored
        assert b"quillfeather" not in stored
        other = connection.execute(select(contacts).where(contacts.c.match_key == "phone:bb")).one()
        swapped = {"ciphertext": other.ciphertext, "nonce": other.nonce, "wrapped_key": other.wrapped_key}
        connection.execute(update(contacts).where(contacts.c.match_key == "email:aa").values(swapped))

    with pytest.raises(StoreError, match="contacts"), database.read() as connection:
        resolve(connection, ring, LEAD)


def test_a_shredded_contact_cannot_be_read_again(database: Database, ring: KeyRing, now: datetime) -> None:
    with database.write() as connection:
        save_contacts(connection, ring, [(("email:aa",), WREN)], now=now)
        assert shred(connection, OLD) == 1
        assert shred(connection, LEAD) == 0

    with pytest.raises(NotFound, match="L-1"), database.read() as connection:
        resolve(connection, ring, LEAD)
    with database.read() as connection:
        assert connection.execute(text("SELECT wrapped_key, ciphertext FROM contacts")).all() == [(b"", b"")]


def test_what_names_nobody_is_not_stored(database: Database, ring: KeyRing, now: datetime) -> None:
    with database.write() as connection:
        assert save_contacts(connection, ring, [((), WREN), (("email:aa",), Contact())], now=now) == 0


def test_a_lead_s_names_are_known_as_keyed_hashes_until_the_contact_is_shredded(database: Database, ring: KeyRing, now: datetime) -> None:
    with database.write() as connection:
        save_contacts(connection, ring, [(("email:aa",), WREN)], now=now)
        save_contacts(connection, ring, [(("email:aa",), Contact(last_name="Quillfeather"))], now=now)
        known = known_names(connection, ring)
        assert [known(gram) for gram in ("wren", "quillfeather", "wren quillfeather", "quillfeather wren", "martha")] == [True] * 4 + [
            False
        ]
        assert not any("quill" in gram for gram in connection.scalars(select(name_grams.c.gram)))

        shred(connection, LEAD)

        assert not known_names(connection, ring)("quillfeather")
