"""The errors of this package and of every package above it: each says what happened, where, and how to mend it, and never any content."""


class LiaisonError(Exception):
    """Base of all errors a user may see. The message is printed as it stands: no PHI, no secret, no free text in it."""


class SettingsError(LiaisonError):
    """A setting, key file or practice file is wrong."""


class DataError(LiaisonError):
    """A file of data cannot be used as it is."""


class StoreError(LiaisonError):
    """The database cannot be opened or is of another version."""


class Busy(LiaisonError):
    """Another process holds what this one needs."""


class NotFound(LiaisonError):
    """No record of that id."""


class Conflict(LiaisonError):
    """Somebody else was first: the record is no longer in the state the caller saw. HTTP 409."""


class EgressRefused(LiaisonError):
    """The egress guard found something that may not leave."""


class DestinationRefused(LiaisonError):
    """The destination answered no: nothing was done there."""


class EffectUnknown(LiaisonError):
    """The destination may or may not have acted: a person must look."""


class DraftRefused(LiaisonError):
    """The language model gave nothing usable: needs a person."""
