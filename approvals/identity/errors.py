"""Why somebody was not let in. Messages never say which of name and password was wrong, and hold no name, address or code."""

from tools.errors import LiaisonError


class SignInRefused(LiaisonError):
    """The name, the password, the code or the link is not good, or the account is locked."""


class TooManyAttempts(SignInRefused):
    """Too many sign-ins from one address or for one person in a short time. HTTP 429."""


class PasswordRefused(LiaisonError):
    """The new password is too short, too long, easy to guess or made of names everybody here knows."""
