"""The whole sentence on PostgreSQL: the same state as on SQLite, checkpoints sealed in the same database and gone at the end."""

import secrets
from pathlib import Path

from sqlalchemy import text

from tests.journeys.support import NOW, differences, environment, liaison, open_home, small_practice, state
from tests.servers.postgres import PostgresServer
from tools.store.database import open_database


def test_a_run_on_postgresql_ends_in_the_same_state_as_on_sqlite(postgres: PostgresServer, tmp_path: Path) -> None:
    practice = small_practice(tmp_path / "practice")
    url = postgres.create_database(f"t_{secrets.token_hex(6)}")
    liaison("run", "--json", "--now", NOW, env=environment(tmp_path / "lite", practice))

    liaison("run", "--json", "--now", NOW, env=environment(tmp_path / "post", practice, LIAISON_DATABASE_URL=url))

    lite, post = open_home(tmp_path / "lite"), open_database(url)
    assert differences(state(lite), state(post)) == {}
    with post.read() as connection:
        left = connection.execute(text("SELECT COUNT(*) FROM checkpoints")).scalar_one()
    assert left == 0
    verified = liaison("audit", "verify", env=environment(tmp_path / "post", practice, LIAISON_DATABASE_URL=url))
    assert verified.returncode == 0
    lite.close()
    post.close()
