"""Checkpoints at rest are sealed and fail closed."""

import asyncio
import base64
import secrets
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from policies.phi.scrub import Scrubber
from policies.records import Contact
from tests.servers.postgres import PostgresServer
from tools.checkpoints import SealedSerializer, open_saver
from tools.errors import StoreError
from tools.keys import KeyRing, new_ring
from tools.packs.phi import load_lexicon

MARK = "r-20261126-marker"
SCRUBBER = Scrubber(load_lexicon())


def save_and_load(home: Path, ring: KeyRing, url: str) -> Any:
    async def work() -> Any:
        async with open_saver(home, ring, url, SCRUBBER.find) as saver:
            config: Any = {"configurable": {"thread_id": "run:1", "checkpoint_ns": ""}}
            checkpoint = empty_checkpoint()
            checkpoint["channel_values"] = {"run": {"id": MARK}}
            checkpoint["channel_versions"] = {"run": "1"}
            await saver.aput(config, checkpoint, {}, {"run": "1"})
            found = await saver.aget_tuple(config)
            assert found is not None
            return found.checkpoint["channel_values"]["run"]

    return asyncio.run(work())


def test_what_is_saved_comes_back_and_is_not_in_the_file(tmp_path: Path, ring: KeyRing) -> None:
    back = save_and_load(tmp_path, ring, "sqlite:///unused")

    assert back == {"id": MARK}
    for path in tmp_path.iterdir():
        assert MARK.encode() not in path.read_bytes()


def test_the_same_holds_on_postgresql(postgres: PostgresServer, tmp_path: Path, ring: KeyRing) -> None:
    url = postgres.create_database(f"t_{secrets.token_hex(6)}")

    assert save_and_load(tmp_path, ring, url) == {"id": MARK}
    assert MARK not in postgres.dump(url)


def test_a_plaintext_row_is_refused(ring: KeyRing) -> None:
    forged = JsonPlusSerializer().dumps_typed({"run": {"id": "forged"}})

    with pytest.raises(StoreError, match="not encrypted"):
        SealedSerializer(ring, SCRUBBER.find).loads_typed(forged)


def test_a_row_of_another_ring_or_a_changed_one_is_refused(ring: KeyRing) -> None:
    kind, body = SealedSerializer(ring, SCRUBBER.find).dumps_typed({"id": MARK})
    changed = body[:-1] + bytes([body[-1] ^ 1])

    with pytest.raises(StoreError, match="does not open"):
        SealedSerializer(new_ring(), SCRUBBER.find).loads_typed((kind, body))
    with pytest.raises(StoreError, match="does not open"):
        SealedSerializer(ring, SCRUBBER.find).loads_typed((kind, changed))


def test_rows_written_before_a_key_rotation_stay_readable(ring: KeyRing) -> None:
    written = SealedSerializer(ring, SCRUBBER.find).dumps_typed({"id": MARK})
    rotated = KeyRing(active="k2", match="k1", keys={**ring.keys, "k2": base64.b64decode(base64.b64encode(secrets.token_bytes(32)))})

    assert SealedSerializer(rotated, SCRUBBER.find).loads_typed(written) == {"id": MARK}
    assert SealedSerializer(rotated, SCRUBBER.find).dumps_typed({"id": MARK})[0].endswith("gcm:k2")


@pytest.mark.parametrize(
    "text",
    [
        "Perpetua Quillfeather",
        "wren.quillfeather@example.org",
        "(813) 555-0142",
        "SSN 219-09-9999",
        "MRN 00482913",
        "219-09-9999",
        "813-555-0142",
    ],
)
def test_a_state_that_holds_an_identifier_is_not_written(ring: KeyRing, text: str) -> None:
    with pytest.raises(StoreError, match="would hold an identifier") as refused:
        SealedSerializer(ring, SCRUBBER.find).dumps_typed({"run": {"id": "r-1", "collected": {"email": {"reason": [text]}}}})

    assert text not in str(refused.value)


def test_an_object_and_bytes_are_looked_into(ring: KeyRing) -> None:
    serializer = SealedSerializer(ring, SCRUBBER.find)

    for held in (Contact(email="wren.quillfeather@example.org"), b"call 813-555-0142"):
        with pytest.raises(StoreError, match="would hold an identifier"):
            serializer.dumps_typed({"run": held})


def test_ids_cursors_and_times_are_written(ring: KeyRing) -> None:
    state = {
        "run": {"id": "R-0192f3a1b2c4", "cursor": "2026-11-26T09:15:00Z", "channels": ["search", "email"], "counts": {"scrub": {"seen": 5}}}
    }
    serializer = SealedSerializer(ring, SCRUBBER.find)

    assert serializer.loads_typed(serializer.dumps_typed(state)) == state
