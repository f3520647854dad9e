"""Goals of the service lines against what was reached: the words the plan and the brief share. Pure."""

from datetime import datetime

from tools.practice import Goal, Practice
from tools.store.results import LastResults


def month(at: datetime) -> str:
    """ISO month: the period of actions that make sense once a month."""
    return f"{at:%Y-%m}"


def usd(amount: float) -> str:
    return f"${amount:,.2f}"


def behind(practice: Practice, results: LastResults | None) -> tuple[Goal, ...]:
    """The goals that are missed, the furthest behind first."""
    reached = results.mqls_by_line if results else {}
    missed = [goal for goal in practice.goals if reached.get(goal.service_line, 0) < goal.mqls_per_30_days]
    return tuple(sorted(missed, key=lambda goal: (reached.get(goal.service_line, 0) / goal.mqls_per_30_days, goal.service_line)))


def goal_reasons(practice: Practice, results: LastResults | None) -> tuple[str, ...]:
    reached = results.mqls_by_line if results else {}
    return tuple(
        f"{practice.line(goal.service_line).name}: {reached.get(goal.service_line, 0)} of {goal.mqls_per_30_days} MQLs in 30 days"
        for goal in practice.goals
    )


def objective(practice: Practice, missed: tuple[Goal, ...]) -> str:
    if missed:
        return "Bring these lines back to their goals: " + ", ".join(practice.line(goal.service_line).name for goal in missed)
    goals = ", ".join(f"{goal.mqls_per_30_days} MQLs for {practice.line(goal.service_line).name}" for goal in practice.goals)
    return f"Keep every line at its goal: {goals}" if goals else "Keep the practice visible, correct and answered"
