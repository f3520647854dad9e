"""LangGraph checkpoints at rest: AES-256-GCM, fail-closed, in a file (or schema) of their own. Losing them all loses no decision."""

import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.base import CipherProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Send
from pydantic import BaseModel

from policies.phi.hits import Hit
from policies.records import Label
from tools.errors import StoreError
from tools.keys import NONCE_BYTES, KeyRing

CIPHER = "gcm"


class _RingCipher(CipherProtocol):
    """The cipher name carries the key id ("gcm:k1"), so rows written before a rotation stay readable."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return f"{CIPHER}:{self.ring.active}", nonce + AESGCM(self.ring.derive("checkpoint")).encrypt(nonce, plaintext, None)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        name, _, key_id = ciphername.partition(":")
        if name != CIPHER or not key_id:
            raise StoreError(f"a checkpoint names the cipher {name!r}: it was not written by this installation; delete checkpoints.db")
        try:
            key = self.ring.derive("checkpoint", key_id)
            return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], None)
        except InvalidTag:
            raise StoreError("a checkpoint does not open: it was changed, or the key ring is another; delete checkpoints.db") from None


class SealedSerializer(EncryptedSerializer):
    """LangGraph's encrypting serializer, closed: the stock one also reads plaintext rows (langgraph issue 8938), so a forged row would run.

    State is ids, counters and cursors; `find` is the scrubber's look at each string, and a state in which it finds an identifier is not written.
    """

    def __init__(self, ring: KeyRing, find: Callable[[str], Iterable[Hit]]) -> None:
        super().__init__(_RingCipher(ring), JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None))
        self._find = find

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        for text in _strings(obj):
            if not _SENTENCE.search(text):  # an id, a version, a cursor
                continue
            label = next((hit.label for hit in self._find(text) if hit.label not in _OWN_KINDS), None)
            if label:
                raise StoreError(
                    f"a checkpoint would hold an identifier ({label}): keep ids in the graph state, never text; nothing was written"
                )
        return super().dumps_typed(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        if f"+{CIPHER}:" not in data[0]:
            raise StoreError("a checkpoint is not encrypted: it was not written by this installation; delete checkpoints.db")
        return super().loads_typed(data)


# What could be more than an id: words, an address, an escape, a number in the groups of a telephone or an SSN.
_SENTENCE = re.compile(r"[\s@%]|\d{3}[-.]\d{2,3}[-.]\d{4}")
_OWN_KINDS = frozenset((Label.DATE, Label.OTHER_ID))  # our own sentences name files and days


def _strings(value: Any) -> Iterator[str]:
    """Every string in a state, keys too; LangGraph's own objects by their fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(key)
            yield from _strings(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, Send):
        yield from _strings(value.arg)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, BaseModel):
        yield from _strings(value.model_dump())
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _strings(asdict(value))


@asynccontextmanager
async def open_saver(
    home: Path, ring: KeyRing, database_url: str, find: Callable[[str], Iterable[Hit]]
) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """The async saver beside the database: `checkpoints.db` in the home, or the PostgreSQL database when that is the store."""
    if database_url.startswith("postgresql"):
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        plain = database_url.replace("postgresql+psycopg://", "postgresql://")
        async with AsyncPostgresSaver.from_conn_string(plain, serde=SealedSerializer(ring, find)) as postgres_saver:
            await postgres_saver.setup()
            yield postgres_saver
        return
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    home.mkdir(parents=True, exist_ok=True)
    async with aiosqlite.connect(home / "checkpoints.db") as connection:
        # The file would keep the bytes of deleted threads without secure_delete; NORMAL is enough, since a lost checkpoint loses nothing.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "busy_timeout=30000"):
            await connection.execute(f"PRAGMA {pragma}")
        yield AsyncSqliteSaver(connection, serde=SealedSerializer(ring, find))
