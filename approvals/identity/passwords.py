"""Passwords: which are good enough, and how they are kept (argon2id). Knows no people beyond the names a password may not be made of."""

import re
import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

from approvals.identity.errors import PasswordRefused
from tools.practice import Person, Practice

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PASSWORD_MIN, PASSWORD_MAX = 12, 200
ARGON2_KIB = 19 * 1024  # OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane; a flood of sign-ins cannot eat the memory
GUESSES_LOG10 = 10.0  # zxcvbn's strongest class: ten thousand million guesses
READ_CHARACTERS = 72  # of a long password: its estimate grows with the length, and so does the time it takes
_WORD = re.compile(r"[^\W\d_]{3,}")
_ESTIMATING = threading.Lock()  # zxcvbn keeps the names of the moment in a module's dictionary


def check(practice: Practice, person: Person, password: str) -> None:
    """Raises PasswordRefused, saying what to choose instead. Length first, no rules about kinds of characters (NIST SP 800-63B-4, 3.1.1.2)."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise PasswordRefused(f"the password needs {PASSWORD_MIN} to {PASSWORD_MAX} characters: a sentence of four words is a good one")
    if person.username in password.lower():
        raise PasswordRefused("the password holds the user name: choose another")
    guesses = _guesses_log10(password[:READ_CHARACTERS], known_names(practice, person))
    if guesses < GUESSES_LOG10:
        raise PasswordRefused(
            "the password is too easy to guess: it is a common one, a pattern of the keyboard, or made of names and years people here know. "
            "Choose four or more words that have nothing to do with each other or with this practice, or let a password manager make one"
        )


def known_names(practice: Practice, person: Person) -> list[str]:
    """The words an outsider would try first: the person, the practice, its brands and places."""
    texts = [person.name, person.username, practice.key, practice.organisation.name, practice.organisation.legal_name, *practice.brands]
    texts += [part for place in practice.locations for part in (place.name, place.city)]
    words = {word.lower() for text in texts for word in _WORD.findall(text)}
    joined = {"".join(_WORD.findall(text)).lower() for text in texts}
    return sorted(words | joined | {"liaison", "approvals"})


def hashed(password: str) -> str:
    return _hasher().hash(password)


def verifies(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. An unknown name costs the same time as a known one, so that names cannot be told apart."""
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(stored or _decoy(), password[: PASSWORD_MAX * 4]) and stored is not None
    except VerifyMismatchError:
        return False


def _guesses_log10(password: str, names: list[str]) -> float:
    from zxcvbn import zxcvbn

    with _ESTIMATING:
        found: float = zxcvbn(password, user_inputs=names)["guesses_log10"]
    return found


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=ARGON2_KIB, parallelism=1)


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))
