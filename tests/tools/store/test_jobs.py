"""Jobs: one open job per subject, leases, retries, and who may take over from whom."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta

from tools.store.database import Database
from tools.store.jobs import Job, cancel_job, claim_job, enqueue_job, finish_job, open_subjects, renew_job, retry_job, this_holder

ELSEWHERE = "another-host:17:worker"


def enqueue(database: Database, subject: str, now: datetime, **more: datetime) -> bool:
    with database.write() as connection:
        return enqueue_job(connection, kind="execute", subject=subject, now=now, **more)


def claim(database: Database, now: datetime, holder: str = ELSEWHERE) -> Job | None:
    with database.write() as connection:
        return claim_job(connection, kinds=["execute"], holder=holder, now=now)


def test_a_second_click_makes_no_second_job(database: Database, now: datetime) -> None:
    assert enqueue(database, "A-1", now)
    assert not enqueue(database, "A-1", now)
    job = claim(database, now)
    assert job is not None
    assert not enqueue(database, "A-1", now)

    with database.write() as connection:
        assert finish_job(connection, job)

    assert enqueue(database, "A-1", now)


def test_jobs_are_claimed_once_oldest_first_and_not_before_their_time(database: Database, now: datetime) -> None:
    enqueue(database, "late", now, not_before=now + timedelta(minutes=1))
    enqueue(database, "first", now)
    enqueue(database, "second", now)

    claimed = [claim(database, now) for _ in range(3)]

    assert [job.subject if job else None for job in claimed] == ["first", "second", None]
    later = claim(database, now + timedelta(minutes=1))
    assert later is not None
    assert later.subject == "late"


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_can_do_nothing(database: Database, now: datetime) -> None:
    enqueue(database, "A-1", now)
    old = claim(database, now)
    assert old is not None
    with database.write() as connection:
        assert renew_job(connection, old, now=now + timedelta(minutes=4))
    assert claim(database, now + timedelta(minutes=6), "third-host:1:worker") is None

    new = claim(database, now + timedelta(minutes=10), "third-host:1:worker")

    assert new is not None
    assert new.attempts == 2
    with database.write() as connection:
        assert not finish_job(connection, old)
        assert not renew_job(connection, old, now=now)
        assert finish_job(connection, new)


def test_a_job_whose_holder_died_on_this_host_is_free_at_once(database: Database, now: datetime) -> None:
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    dead = this_holder().split(":")
    dead[1] = child.stdout.strip()
    enqueue(database, "A-1", now)
    assert claim(database, now, ":".join(dead))

    assert claim(database, now, this_holder())
    assert claim(database, now, this_holder("other")) is None


def test_a_retry_waits_longer_each_time_and_at_most_an_hour(database: Database, now: datetime) -> None:
    enqueue(database, "A-1", now)
    waits = []
    for _ in range(9):
        job = claim(database, now)
        assert job is not None
        with database.write() as connection:
            assert retry_job(connection, job, now=now, error="TimeoutError")
        assert claim(database, now) is None
        step = timedelta(minutes=1)
        waited = timedelta()
        while (again := claim(database, now + waited)) is None:
            waited += step
        waits.append(int(waited / step))
        now += waited
        with database.write() as connection:
            assert retry_job(connection, again, now=now - timedelta(hours=2), error="TimeoutError")

    assert waits[:3] == [1, 4, 16]
    assert max(waits) == 60


def test_only_a_waiting_job_can_be_cancelled(database: Database, now: datetime) -> None:
    enqueue(database, "A-1", now)
    enqueue(database, "A-2", now)
    claim(database, now)

    with database.write() as connection:
        assert not cancel_job(connection, kind="execute", subject="A-1")
        assert cancel_job(connection, kind="execute", subject="A-2")
        assert open_subjects(connection, kind="execute") == {"A-1"}


def test_many_workers_share_the_jobs_without_doubles(database: Database, now: datetime) -> None:
    for number in range(12):
        enqueue(database, f"A-{number}", now)
    taken: list[str] = []

    def work(name: int) -> None:
        while (job := claim(database, now, f"host-{name}:{name}:w")) is not None:
            taken.append(job.subject)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(taken) == sorted(f"A-{number}" for number in range(12))
