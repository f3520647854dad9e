"""What signing in needs beside people, links and sessions: second factors, unfinished sign-ins, single sign-on under way, counted attempts."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from tools.store.schema import Json, RowId, UtcTime, metadata, sealed_columns

totp = Table(
    "totp",
    metadata,
    Column("username", String(64), primary_key=True),
    *sealed_columns(),
    Column("confirmed_at", UtcTime),  # NULL: shown, but no code of it was typed yet
    Column("known_to", Json),  # who besides its owner may have seen the secret
    Column("last_step", BigInteger),  # the newest time step that was used: no code works twice
)

account_recoveries = Table(
    "account_recoveries",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("username", String(64), nullable=False),
    Column("by", String(64), nullable=False),  # who may have gone in: a colleague, never the person
    Column("at", UtcTime, nullable=False),
    Column("until", UtcTime),  # NULL: not yet, an authenticator stands before it
    Column("ended_at", UtcTime),  # since when somebody else has the account back; what was done before stays in doubt
    Index("ix_account_recoveries_until", "until"),
    Index("ix_account_recoveries_username", "username"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("used_at", UtcTime),
    Index("ix_recovery_codes_username", "username"),
)

signin_steps = Table(
    "signin_steps",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("kind", String(8), nullable=False),  # code | enrol
    Column("method", String(8), nullable=False),
    Column("agent", String(40), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

signin_windows = Table(
    "signin_windows",
    metadata,
    Column("bucket", String(64), primary_key=True),  # a keyed hash of an address or a user name
    Column("starts_at", UtcTime, primary_key=True),
    Column("ends_at", UtcTime, nullable=False),
    Column("count", Integer, nullable=False),
    Index("ix_signin_windows_ends_at", "ends_at"),
)

oidc_flows = Table(
    "oidc_flows",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("browser_hash", String(64), nullable=False),
    *sealed_columns(),  # nonce, code verifier, where to go afterwards
    Column("started_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
