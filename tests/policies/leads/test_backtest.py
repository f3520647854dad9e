from datetime import UTC, datetime, timedelta

from policies.leads.backtest import Outcome, backtest_splits

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)


def test_precision_and_recall_are_told_for_older_and_newer_outcomes_apart() -> None:
    good = [True, True, False, True, True, False, True, False, False, True]
    called = [True, True, True, True, True, True, False, True, True, False]
    outcomes = [Outcome(at=DAY_0 + timedelta(days=n), predicted=p, good=g) for n, (p, g) in enumerate(zip(called, good, strict=True))]

    everything, older, newer = backtest_splits(outcomes[::-1])

    assert (everything.handoffs, everything.good, everything.precision, everything.recall) == (10, 6, 4 / 8, 4 / 6)
    assert (older.handoffs, older.precision, older.recall) == (7, 4 / 6, 4 / 5)
    assert (newer.handoffs, newer.precision, newer.recall) == (3, 0, 0)
    assert older.last_at < newer.first_at


def test_what_cannot_be_divided_is_unknown_not_zero() -> None:
    everything, *_ = backtest_splits([Outcome(at=DAY_0, predicted=False, good=False)])

    assert (everything.precision, everything.recall) == (None, None)
