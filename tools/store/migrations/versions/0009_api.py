"""API tokens, their repeated requests, and webhooks out."""

from alembic import op

from tools.store.api_tables import api_requests, api_tokens, webhook_deliveries, webhook_endpoints

revision = "0009"
down_revision = "0008"

_TABLES = (api_tokens, api_requests, webhook_endpoints, webhook_deliveries)


def upgrade() -> None:
    for table in _TABLES:
        table.create(op.get_bind(), checkfirst=True)  # 0001 makes every table there is


def downgrade() -> None:
    for table in reversed(_TABLES):
        table.drop(op.get_bind())
