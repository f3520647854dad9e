"""The key ring: sealing (AES-256-GCM), keyed match keys (HMAC-SHA-256), and one derived key per purpose (HKDF).

The ring is a JSON object {"active": id, "match": id, "keys": {id: base64 of 32 bytes}}, from LIAISON_KEYS or a file made 0600 on first run.
Sealing uses the active key and stores its id beside the row, so old rows stay readable after a rotation. `match` never rotates: match keys
made with another key would not meet the ones already stored.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tools.errors import SettingsError, StoreError

KEY_BYTES = 32
NONCE_BYTES = 12


class Sealed(NamedTuple):
    """What a sealed row stores."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, repr=False)
class KeyRing:
    active: str
    match: str
    keys: dict[str, bytes]

    def __post_init__(self) -> None:
        # Deriving is 10 us; a batch seals thousands of rows with the same derived key.
        object.__setattr__(self, "_derived", {})

    def derive(self, purpose: str, key_id: str | None = None) -> bytes:
        """32 bytes for `purpose` ("seal", "match", "audit", "checkpoint", …) from one key of the ring (default: the active one)."""
        cache: dict[tuple[str, str], bytes] = self._derived  # type: ignore[attr-defined]
        key_id = key_id or self.active
        if (purpose, key_id) not in cache:
            if key_id not in self.keys:
                raise StoreError(f"the key ring has no key {key_id}: put the ring that wrote this home back (keys.json or LIAISON_KEYS)")
            cache[purpose, key_id] = HKDF(SHA256(), KEY_BYTES, salt=None, info=f"liaison/{purpose}".encode()).derive(self.keys[key_id])
        return cache[purpose, key_id]

    def seal(self, plaintext: bytes, *, context: str) -> Sealed:
        """Encrypt; `context` (the table's name) is authenticated, so a row cannot be moved to another table."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return Sealed(self.active, nonce, AESGCM(self.derive("seal")).encrypt(nonce, plaintext, context.encode()))

    def open(self, sealed: Sealed, *, context: str) -> bytes:
        """Decrypt. Raises StoreError when the row was changed or belongs elsewhere."""
        try:
            return AESGCM(self.derive("seal", sealed.key_id)).decrypt(sealed.nonce, sealed.ciphertext, context.encode())
        except InvalidTag:
            raise StoreError(
                f"a sealed row of {context} does not open with key {sealed.key_id}: it was changed, or the ring is another"
            ) from None

    def signing_key(self, key_id: str | None = None) -> Ed25519PrivateKey:
        """The Ed25519 key that signs what leaves for a third party (audit exports): who has its public half can verify, and nothing else."""
        return Ed25519PrivateKey.from_private_bytes(self.derive("audit-sign", key_id))

    def public_key(self, key_id: str | None = None) -> str:
        """The public half of `signing_key`, base64 of its 32 bytes."""
        return base64.b64encode(self.signing_key(key_id).public_key().public_bytes_raw()).decode()

    def match_key(self, kind: str, value: str) -> str:
        """ "<kind>:<hex>": keyed HMAC of a normalised identifier. Opaque without the ring; equal for equal input."""
        digest = hmac.new(self.derive("match", self.match), f"{kind}\x00{value}".encode(), hashlib.sha256).hexdigest()
        return f"{kind}:{digest[:40]}"

    def fingerprint(self, value: str | bytes, *, length: int = 20) -> str:
        """`length` hex digits of a keyed HMAC: natural keys and digests of sealed payloads."""
        data = value.encode() if isinstance(value, str) else value
        return hmac.new(self.derive("fingerprint", self.match), data, hashlib.sha256).hexdigest()[:length]


def new_ring() -> KeyRing:
    return KeyRing(active="k1", match="k1", keys={"k1": secrets.token_bytes(KEY_BYTES)})


def parse_ring(text: str, *, where: str) -> KeyRing:
    """Read a ring. Raises SettingsError naming `where`, never the key."""
    try:
        body = json.loads(text)
        keys = {key_id: base64.b64decode(value, validate=True) for key_id, value in body["keys"].items()}
        ring = KeyRing(active=body["active"], match=body["match"], keys=keys)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(f'{where} is not a key ring: write {{"active": id, "match": id, "keys": {{id: base64}}}}') from None
    if {ring.active, ring.match} - keys.keys() or any(len(key) != KEY_BYTES for key in keys.values()):
        raise SettingsError(f"{where}: active and match must name keys of the ring, each {KEY_BYTES} bytes")
    return ring


def load_ring(home: Path, from_environment: str | None) -> KeyRing:
    """The ring from the environment, else from keys.json, which is created readable by its owner alone."""
    if from_environment:
        return parse_ring(from_environment, where="LIAISON_KEYS")
    path = home / "keys.json"
    try:
        return parse_ring(_read_private(path), where=str(path))
    except FileNotFoundError:
        return _create(path)


def _read_private(path: Path) -> str:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise SettingsError(f"{path} can be read by others (mode {mode:o}): run chmod 600 on it")
    return path.read_text()


def _create(path: Path) -> KeyRing:
    ring = new_ring()
    encoded = {key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"keys.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"active": ring.active, "match": ring.match, "keys": encoded}, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails if another process was first: its ring is the ring
    except FileExistsError:
        return parse_ring(_read_private(path), where=str(path))
    finally:
        draft.unlink()
    return ring
