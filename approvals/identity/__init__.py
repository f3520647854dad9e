"""Who is at the desk: one-time links, passwords, second factors, single sign-on and sessions. Knows no pages; keeps secrets hashed or sealed.

People and their roles come from `practice.yaml`; a person who leaves that file can no longer sign in, whatever the database holds.
"""

from approvals.identity.accounts import (
    Account,
    Proofs,
    accounts,
    change_password,
    confirm_totp,
    new_recovery_codes,
    object_to_recovery,
    opened_by,
    proofs,
    prove,
    remove_totp,
    reset_totp,
    sign_in,
    sign_in_code,
    sign_in_enrolling,
)
from approvals.identity.errors import PasswordRefused, SignInRefused, TooManyAttempts
from approvals.identity.limits import Origin
from approvals.identity.links import SYSTEM, create_link, first_admin_link, link_owner, use_link
from approvals.identity.passwords import PASSWORD_MIN
from approvals.identity.sessions import Seat, Session, revoke, revoke_all, seats, session, sign_out
from approvals.identity.steps import Entrance, Next, Step, step_of

__all__ = [
    "PASSWORD_MIN",
    "SYSTEM",
    "Account",
    "Entrance",
    "Next",
    "Origin",
    "PasswordRefused",
    "Proofs",
    "Seat",
    "Session",
    "SignInRefused",
    "Step",
    "TooManyAttempts",
    "accounts",
    "change_password",
    "confirm_totp",
    "create_link",
    "first_admin_link",
    "link_owner",
    "new_recovery_codes",
    "object_to_recovery",
    "opened_by",
    "proofs",
    "prove",
    "remove_totp",
    "reset_totp",
    "revoke",
    "revoke_all",
    "seats",
    "session",
    "sign_in",
    "sign_in_code",
    "sign_in_enrolling",
    "sign_out",
    "step_of",
    "use_link",
]
