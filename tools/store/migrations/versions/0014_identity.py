"""Second factors, sign-ins under way, counted attempts; sessions that can be listed and revoked. Everybody signs in again after it."""

from alembic import op

from tools.store.action_tables import sessions
from tools.store.identity_tables import oidc_flows, recovery_codes, signin_steps, signin_windows, totp

revision = "0014"
down_revision = "0013"

_NEW = (totp, recovery_codes, signin_steps, signin_windows, oidc_flows)
_BEFORE = """
CREATE TABLE sessions (token_hash VARCHAR(64) PRIMARY KEY, username VARCHAR(64) NOT NULL, csrf VARCHAR(64) NOT NULL,
created_at {time} NOT NULL, expires_at {time} NOT NULL)
"""


def upgrade() -> None:
    connection = op.get_bind()
    for table in _NEW:
        table.create(connection, checkfirst=True)
    sessions.drop(connection, checkfirst=True)
    sessions.create(connection)


def downgrade() -> None:
    connection = op.get_bind()
    for table in _NEW:
        table.drop(connection)
    sessions.drop(connection)
    op.execute(_BEFORE.format(time="TIMESTAMP WITH TIME ZONE" if connection.dialect.name == "postgresql" else "VARCHAR(27)"))
