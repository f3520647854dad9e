"""A PostgreSQL server of our own on loopback, for tests. As root it runs as the user `postgres`, because the server refuses root."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import psycopg

from tools.store.database import open_database

ROOM = 2 << 30


def find_programs() -> Path | None:
    """The folder that holds initdb, pg_ctl and postgres; None when they are not installed."""
    found = shutil.which("initdb")
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) + ([Path(found).parent] if found else [])
    return next((folder for folder in candidates if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres"))), None)


def in_memory() -> Path | None:
    """A file system in memory with room for a test server; None = there is none, take the disk.

    Every test makes and drops a database of many hundred files. ext4 looks through what was deleted a moment ago for each new one, which is slow.
    """
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


class PostgresServer:
    def __init__(self, programs: Path, *, is_durable: bool = False) -> None:
        """`is_durable`: every commit waits for the disk, as it does where it matters; tests need not."""
        self.programs = programs
        self.fsync = "on" if is_durable else "off"
        # A Unix socket path may not be longer than 107 bytes, and pytest's folders are only readable by their owner.
        self.folder = Path(tempfile.mkdtemp(prefix="liaison-pg-", dir=None if is_durable else in_memory()))
        self.user = "postgres" if os.geteuid() == 0 else None
        self.port = _free_port()

    def __enter__(self) -> "PostgresServer":
        if self.user:
            shutil.chown(self.folder, self.user)
        data = self.folder / "data"
        subprocess.run(
            [str(self.programs / "initdb"), "-D", str(data), "-U", "liaison", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            user=self.user,
        )
        options = f"-p {self.port} -c fsync={self.fsync} -c unix_socket_directories={self.folder} -c listen_addresses=127.0.0.1"
        self._pg_ctl("start", "-w", "-l", str(self.folder / "server.log"), "-o", options)
        self._admin("CREATE DATABASE template_liaison")
        open_database(self.url("template_liaison")).close()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._pg_ctl("stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://liaison@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        self._admin(f"CREATE DATABASE {name} TEMPLATE template_liaison")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def dump(self, url: str) -> str:
        """Every row of every table of the database, as text."""
        with psycopg.connect(url) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            rows = [connection.execute(f'SELECT t::text FROM "{name}" t'.encode()).fetchall() for (name,) in names]
            return "\n".join(row[0] for table in rows for row in table)

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _pg_ctl(self, *arguments: str) -> None:
        command = [str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-s", *arguments]
        subprocess.run(command, check=True, user=self.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
