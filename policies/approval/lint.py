"""Lint of an approval policy: who must approve each kind, in words, and what in it is closed, fragile or can never happen."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Literal, NamedTuple

from policies.actions import ActionKind, Risk
from policies.approval.rules import ApprovalPolicy, ApprovalRule, ClosedPolicy, Requirement, Review, Role, requirement
from policies.approval.seats import Vote, seat
from policies.kinds import KINDS
from policies.records import Channel

ELSEWHERE = "--"
"""A state no rule names."""
ROLE_WORDS: dict[str, str] = {"clinical_reviewer": "clinical reviewer", "privacy_officer": "privacy officer", "admin": "administrator"}


class Somebody(NamedTuple):
    """A person of the practice; `away` now or for the time the lint is about."""

    username: str
    name: str
    roles: tuple[Role, ...]
    away: bool = False


class StandsIn(NamedTuple):
    """`deputy` has the authority of `person` now, over `kinds` or, when there is none, over every kind."""

    person: str
    deputy: str
    kinds: tuple[ActionKind, ...] = ()


class Problem(NamedTuple):
    """`closed`: nobody can approve something that may come. `note`: it works, and somebody should know. `mend` says what to do."""

    level: Literal["closed", "note"]
    what: str
    mend: str


class Variant(NamedTuple):
    """Who must approve a kind in one case; `who` is empty where nobody may."""

    when: str
    who: str
    sla_hours: float | None = None
    expires_days: int | None = None


class KindLine(NamedTuple):
    kind: ActionKind
    title: str
    variants: tuple[Variant, ...]


class Report(NamedTuple):
    kinds: tuple[KindLine, ...]
    problems: tuple[Problem, ...]

    @property
    def is_closed(self) -> bool:
        """Is there anything that nobody can approve?"""
        return any(problem.level == "closed" for problem in self.problems)


class _Case(NamedTuple):
    """One item as a rule sees it."""

    kind: ActionKind
    risk: Risk
    channel: Channel
    states: tuple[str, ...] | None
    money_usd: float


def lint(
    policy: ApprovalPolicy,
    people: Sequence[Somebody],
    *,
    deputies: Sequence[StandsIn] = (),
    states: Iterable[str] = (),
    director: bool = True,
) -> Report:
    """The whole policy against the practice's people. `states` are the practice's own, `director` whether somebody hears of what is overdue."""
    problems = [
        *_together((kind, problem) for kind in ActionKind for problem in _of_kind(policy.rules, kind, people, deputies)),
        *_of_rules(policy.rules, people, frozenset(states)),
        *_of_people(policy.rules, people, deputies),
        *_of_ceilings(policy),
    ]
    if any(rule.sla_hours for rule in policy.rules) and not director:
        problems.append(Problem("note", "nobody hears of what is overdue twice", "name escalation.marketing_director in practice.yaml"))
    lines = tuple(KindLine(kind, KINDS[kind].title, tuple(_variants(policy.rules, kind))) for kind in ActionKind)
    return Report(lines, tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.level != "closed")))


def in_words(needed: Requirement) -> str:
    """ "marketing and compliance, each by another person"; "two of marketing or administrator, who did not write it"."""
    parts = [_review(review) for review in needed.reviews]
    said = " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    apart = ", each another person" if len(parts) > 1 else ""
    return f"{said}{apart}{', none of whom wrote or edited it' if needed.four_eyes else ''}"


def _review(review: Review) -> str:
    names = [ROLE_WORDS.get(role, role) for role in review.roles]
    said = " or ".join(names)
    return said if review.people == 1 else f"{review.people} people of {said}"


def _variants(rules: Sequence[ApprovalRule], kind: ActionKind) -> Iterator[Variant]:
    """What holds for every item, then what each narrowed rule makes of it."""
    mine = [rule for rule in rules if kind in rule.kinds]
    general = [rule for rule in mine if rule.is_general]
    narrowed = [rule for rule in mine if not rule.is_general]
    yield _variant(general, kind, "otherwise" if narrowed else "every item")
    for rule in narrowed:
        yield _variant([*general, rule], kind, _when(rule))


def _variant(rules: Sequence[ApprovalRule], kind: ActionKind, when: str) -> Variant:
    widened = [rule.model_copy(update={"risks": (), "channels": (), "states": ()}) for rule in rules]
    most = max((rule.min_usd or 0.0 for rule in rules), default=0.0)
    try:
        needed = requirement(widened, _Case(kind, Risk.LOW, next(iter(Channel)), None, most))
    except ClosedPolicy:
        return Variant(when, "")
    return Variant(when, in_words(needed), needed.sla_hours, needed.expires_days)


def _when(rule: ApprovalRule) -> str:
    parts = [f"{' or '.join(rule.risks)} risk"] if rule.risks else []
    parts += [f"in {' or '.join(rule.channels)}"] if rule.channels else []
    parts += [f"in {' or '.join(rule.states)}, or where the state is unknown"] if rule.states else []
    parts += [f"${rule.min_usd:,.0f} or more"] if rule.min_usd else []
    return "; ".join(parts)


def _together(found: Iterable[tuple[ActionKind, Problem]]) -> Iterator[Problem]:
    """The same problem of several kinds is said once: "Shift ad budget, Adopt the plan: …"."""
    kinds: dict[Problem, list[str]] = {}
    for kind, problem in found:
        kinds.setdefault(problem, []).append(KINDS[kind].title)
    for problem, titles in kinds.items():
        yield problem._replace(what=f"{', '.join(dict.fromkeys(titles))}: {problem.what}")


def _of_kind(
    rules: Sequence[ApprovalRule], kind: ActionKind, people: Sequence[Somebody], deputies: Sequence[StandsIn]
) -> Iterator[Problem]:
    mine = [rule for rule in rules if kind in rule.kinds]
    closed, open_ = [], []
    for case in _cases(mine, kind):
        try:
            open_.append((case, requirement(rules, case)))
        except ClosedPolicy as error:
            closed.append((case, str(error)))
    if not open_:
        yield Problem("closed", f"nobody may approve it, {closed[0][1].partition(';')[0]}", "write a rule that names it")
        return
    if closed:
        narrow = "; ".join(dict.fromkeys(_said(case, mine) for case, _ in closed))
        yield Problem("note", f"nobody may approve it when it is {narrow}", "add a rule without conditions, unless that is meant")
    for needed in dict.fromkeys(needed for _, needed in open_):
        yield from _by_people(kind, needed, people, deputies)


def _by_people(kind: ActionKind, needed: Requirement, people: Sequence[Somebody], deputies: Sequence[StandsIn]) -> Iterator[Problem]:
    """Are there people enough: at all, today, and when one of them is away?"""
    said = in_words(needed)
    everybody = [Vote(one.username, one.username, one.roles) for one in people]
    if _missing(needed, everybody):
        yield Problem("closed", f"it needs {said}, and the practice has not the people", "add people with these roles, or mend the rule")
        return
    here = _here(kind, people, deputies)
    if _missing(needed, here):
        gone = ", ".join(one.name for one in people if one.away and set(one.roles) & set(needed.roles))
        yield Problem(
            "closed", f"it needs {said}, which nobody can give while {gone} is away", "name a deputy on the page Absence and deputies"
        )
        return
    pivots = [one.name for one in people if _missing(needed, [vote for vote in here if one.username not in (vote.by, vote.principal)])]
    if pivots:
        yield Problem("note", f"it needs {said}; without {' or '.join(pivots)} it is closed", "give the role to one more person")


def _missing(needed: Requirement, votes: Sequence[Vote]) -> int:
    return sum(one.missing for one in seat(needed, votes, authors=()))


def _here(kind: ActionKind, people: Sequence[Somebody], deputies: Sequence[StandsIn]) -> list[Vote]:
    """Who can vote today: those who are here, and for the others their deputies, each person once and with the authority that is wanted most."""
    roles = {one.username: one.roles for one in people}
    here = {one.username: Vote(one.username, one.username, one.roles) for one in people if not one.away}
    for one in deputies:
        if one.person in roles and one.deputy in roles and (not one.kinds or kind in one.kinds):
            # A deputy may use one authority for an item: their own or a lent one. For a lint it is enough that one of them would do.
            own = here.get(one.deputy, Vote(one.deputy, one.person, ()))
            here[one.deputy] = own._replace(roles=tuple(dict.fromkeys((*own.roles, *roles[one.person]))))
    return list(here.values())


def _of_rules(rules: Sequence[ApprovalRule], people: Sequence[Somebody], states: frozenset[str]) -> Iterator[Problem]:
    held = {role for one in people for role in one.roles}
    for number, rule in enumerate(rules, 1):
        where = f"rule {number}"
        if not rule.kinds:
            yield Problem("note", f"{where} names no kind: it never matches", "name kinds, or remove it")
        if rule in rules[: number - 1]:
            yield Problem("note", f"{where} stands twice", "remove one")
        if rule.states and states and not set(rule.states) & states:
            yield Problem("note", f"{where} is about {', '.join(rule.states)}, where the practice has no location", "correct its states")
        for review in rule.asked:
            if nobody := [ROLE_WORDS.get(role, role) for role in review.roles if role not in held]:
                yield Problem("note", f"{where} names {' and '.join(nobody)}, a role nobody has", "give somebody the role under people")


def _of_people(rules: Sequence[ApprovalRule], people: Sequence[Somebody], deputies: Sequence[StandsIn]) -> Iterator[Problem]:
    asked = {role for rule in rules for review in rule.asked for role in review.roles}
    known = {one.username: one for one in people}
    for one in people:
        if len(asked) > 2 and asked <= set(one.roles):
            yield Problem("note", f"{one.name} has every role that approves: reviews are then one opinion", "spread the roles over people")
    for lent in deputies:
        deputy, person = known.get(lent.deputy), known.get(lent.person)
        if deputy is None or person is None or not person.roles or not set(person.roles) & asked:
            yield Problem(
                "note", f"{lent.deputy} stands in for {lent.person}, who has nothing to lend", "end it on the page Absence and deputies"
            )
        elif deputy.away:
            yield Problem("note", f"{deputy.name} stands in for {person.name} and is away too", "name another deputy")
        elif "clinical_reviewer" in person.roles and "clinical_reviewer" not in deputy.roles:
            yield Problem("note", f"{deputy.name}, who is no clinical reviewer, stands in for {person.name}, who is", "name a clinician")


def _of_ceilings(policy: ApprovalPolicy) -> Iterator[Problem]:
    missing = [name for name, value in policy.ceilings.model_dump().items() if value is None]
    if missing:
        yield Problem(
            "note", f"no ceiling: {', '.join(missing)}", "set it under approval_policy.ceilings, so that no day can go very wrong"
        )


def _cases(rules: Sequence[ApprovalRule], kind: ActionKind) -> Iterator[_Case]:
    """Every item the rules could tell apart."""
    states = [*sorted({state for rule in rules for state in rule.states}), ELSEWHERE]
    sums = sorted({0.0, *(rule.min_usd for rule in rules if rule.min_usd)})
    for risk, channel, state, usd in product(Risk, Channel, states, sums):
        yield _Case(kind, risk, channel, (state,), usd)


def _said(case: _Case, rules: Sequence[ApprovalRule]) -> str:
    """A case by what its rules look at, and by nothing else."""
    parts = [f"{case.risk} risk"] if any(rule.risks for rule in rules) else []
    parts += [f"in {case.channel}"] if any(rule.channels for rule in rules) else []
    named = any(rule.states for rule in rules)
    parts += ["in another state" if case.states == (ELSEWHERE,) else f"in {case.states[0]}"] if named and case.states else []
    parts += [f"${case.money_usd:,.0f} or more" if case.money_usd else "no spend"] if any(rule.min_usd for rule in rules) else []
    return ", ".join(parts) or "as it is"
