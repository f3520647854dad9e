"""Graph state: ids, counters and cursors, in one dict channel. No record, no text, nothing personal: it is written to disk at every step.

One dict channel, because the PostgreSQL saver writes top-level strings and numbers in clear even when encryption is on (measured).
"""

from typing import Annotated, Any, TypedDict


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new` over `old`, one level deep: parallel branches each add their channel to `collected` without overwriting one another."""
    merged = dict(old)
    for key, value in new.items():
        known = merged.get(key)
        merged[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


class RunState(TypedDict):
    """channel_run: {"id", "channels", "collected": {channel: {"seen", "refused", "status", "reason"}}, "counts": {step: {...}}}."""

    run: Annotated[dict[str, Any], merge]


class ActionState(TypedDict):
    """action_run: {"action", "outcome": ok | held | failed | unknown}."""

    action: Annotated[dict[str, Any], merge]
