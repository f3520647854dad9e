"""The key ring: private, stable, bound to its purpose."""

import json
import stat
import threading
from pathlib import Path

import pytest

from tools.errors import SettingsError, StoreError
from tools.keys import KeyRing, Sealed, load_ring, new_ring


def test_the_first_run_makes_a_private_ring_and_the_next_reads_it(tmp_path: Path) -> None:
    first = load_ring(tmp_path, None)
    second = load_ring(tmp_path, None)

    assert first.keys == second.keys
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_two_first_runs_at_once_share_one_ring(tmp_path: Path) -> None:
    found: list[KeyRing] = []
    threads = [threading.Thread(target=lambda: found.append(load_ring(tmp_path, None))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({ring.keys["k1"] for ring in found}) == 1


def test_a_ring_others_can_read_is_refused(tmp_path: Path) -> None:
    load_ring(tmp_path, None)
    (tmp_path / "keys.json").chmod(0o644)

    with pytest.raises(SettingsError, match="chmod 600"):
        load_ring(tmp_path, None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"active": "k1", "match": "k1", "keys": {"k1": "short"}}', "not json"])
def test_a_broken_ring_is_refused_without_showing_it(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_ring(tmp_path, text or "x")

    assert "short" not in str(refused.value)
    assert "LIAISON_KEYS" in str(refused.value)


def test_a_sealed_row_opens_only_unchanged_in_its_own_table_with_its_own_ring(ring: KeyRing) -> None:
    sealed = ring.seal(b"Martha", context="contacts")

    assert ring.open(sealed, context="contacts") == b"Martha"
    assert b"Martha" not in sealed.ciphertext
    for other, row, table in (
        (ring, sealed, "dead_letters"),
        (new_ring(), sealed, "contacts"),
        (ring, Sealed(sealed.key_id, sealed.nonce, sealed.ciphertext[:-1] + b"x"), "contacts"),
    ):
        with pytest.raises(StoreError, match="does not open"):
            other.open(row, context=table)


def test_rotation_keeps_old_rows_and_match_keys(ring: KeyRing) -> None:
    sealed, match = ring.seal(b"x", context="t"), ring.match_key("email", "a@example.com")
    rotated = KeyRing(active="k2", match=ring.match, keys={**ring.keys, "k2": b"2" * 32})

    assert rotated.open(sealed, context="t") == b"x"
    assert rotated.seal(b"x", context="t").key_id == "k2"
    assert rotated.match_key("email", "a@example.com") == match


def test_a_match_key_is_keyed_typed_and_says_nothing(ring: KeyRing) -> None:
    one = ring.match_key("email", "a@example.com")

    assert one.startswith("email:")
    assert "example" not in one
    assert one != ring.match_key("phone", "a@example.com").replace("phone", "email")
    assert one != new_ring().match_key("email", "a@example.com")


def test_a_missing_key_says_what_to_put_back(ring: KeyRing) -> None:
    with pytest.raises(StoreError, match="k9"):
        ring.open(Sealed("k9", b"0" * 12, b"x" * 20), context="t")


def test_the_ring_never_shows_its_keys(ring: KeyRing) -> None:
    assert ring.keys["k1"].hex() not in repr(ring)
    assert str(list(ring.keys["k1"])) not in repr(ring)
    assert json.dumps(repr(ring)).find("b'") == -1
