"""What every table is made of. One schema for SQLite and PostgreSQL; SQLAlchemy Core, because the hot paths write in batches.

Sealed zone: columns named `key_id, nonce, ciphertext` (AES-256-GCM). Everything else is clean: opaque ids, enums, numbers, scrubbed text.
"""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def every_table() -> MetaData:
    """The metadata with every table there is: those of each module beside this one whose name ends in `tables`."""
    for path in sorted(Path(__file__).parent.glob("*tables.py")):
        import_module(f"tools.store.{path.stem}")
    return metadata


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC instant: timestamptz on PostgreSQL, fixed-width ISO text (it sorts) on SQLite. A naive time is refused."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone: the store takes aware times only")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc_text(utc)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromisoformat(value)


def utc_text(utc: datetime) -> str:
    """How SQLite keeps an instant in UTC: 27 characters that sort."""
    return utc.isoformat(timespec="microseconds")[:-6] + "Z"


Json = JSON().with_variant(JSONB(), "postgresql")
RowId = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements only INTEGER keys


def sealed_columns() -> list[Column[Any]]:
    return [
        Column("key_id", String(16), nullable=False),
        Column("nonce", LargeBinary, nullable=False),
        Column("ciphertext", LargeBinary, nullable=False),
    ]
