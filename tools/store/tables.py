"""Tables of the first half of the sentence: runs, collect (the sealed zone), store, score."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from tools.store.schema import Json, RowId, UtcTime, metadata, sealed_columns

# --- runs and what steers them

practice_state = Table("practice_state", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channels", Json, nullable=False),
    Column("trigger", String(16), nullable=False),  # cli | schedule | desk
    Column("schedule", String(64)),
    Column("planned_at", UtcTime),
    Column("as_of", UtcTime, nullable=False),  # the `now` of the run: --now or the clock at its start; a resume keeps it
    Column("status", String(16), nullable=False),  # running | done | failed
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("summary", Json),
    Column("error", Text),
    UniqueConstraint("schedule", "planned_at"),
    Index("ix_runs_started_at", "started_at"),
)

run_steps = Table(
    "run_steps",
    metadata,
    Column("run", String(32), ForeignKey("runs.id"), primary_key=True),
    Column("step", String(48), primary_key=True),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("detail", Json, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("period", String(16), primary_key=True),
    Column("run", String(32), nullable=False),
    Column("plan", Json, nullable=False),
    Column("adopted_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),  # execute | redraft | run | replay
    Column("subject", String(64), nullable=False),
    Column("payload", Json, nullable=False),
    Column("status", String(16), nullable=False, server_default="queued"),  # queued | running | done | failed
    Column("not_before", UtcTime, nullable=False),
    Column("holder", String(64)),
    Column("lease_until", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_jobs_open", "status", "not_before", "id"),
    # One open job per subject: a second click cannot enqueue a second execution.
    Index(
        "uq_jobs_open_subject",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("status IN ('queued','running')"),
        postgresql_where=text("status IN ('queued','running')"),
    ),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("host", String(128), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channels", Json, nullable=False),
    Column("cron", String(64), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("last_planned_at", UtcTime),
)

pauses = Table(
    "pauses",
    metadata,
    Column("scope", String(16), primary_key=True),  # a channel, or "all": the kill switch
    Column("by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# --- collect: the sealed zone

sealed_engagements = Table(
    "sealed_engagements",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    # Day of the event + keyed HMAC of (source, external id): time-ordered, because a random unique key is 3.7x slower at 5M rows.
    Column("natural_key", String(32), nullable=False),
    Column("digest", String(24), nullable=False),  # keyed HMAC of the payload: the same again is a duplicate, another is a revision
    Column("source", String(24), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("run", String(32), nullable=False),
    Column("status", String(12), nullable=False, server_default="new"),  # new | scrubbed | withheld
    Column("occurred_at", UtcTime, nullable=False),
    Column("revised_at", UtcTime, nullable=False),
    *sealed_columns(),
    UniqueConstraint("natural_key", "digest"),
    Index("ix_sealed_engagements_new", "id", sqlite_where=text("status = 'new'"), postgresql_where=text("status = 'new'")),
    Index("ix_sealed_engagements_run", "run", "channel", "status"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("digest", String(32), nullable=False, unique=True),  # keyed HMAC of where it was and what it held: filed once
    Column("channel", String(16), nullable=False),
    Column("source", String(24), nullable=False),
    Column("file", String(255), nullable=False),
    Column("line", Integer),
    Column("field", String(120)),
    Column("reason", Text, nullable=False),
    Column("mend", Text, nullable=False),
    Column("run", String(32), nullable=False),
    Column("status", String(12), nullable=False, server_default="open"),  # open | replayed | discarded
    Column("seen_at", UtcTime, nullable=False),
    *sealed_columns(),
)

unknown_fields = Table(
    "unknown_fields",
    metadata,
    Column("source", String(24), primary_key=True),
    Column("pointer", String(160), primary_key=True),
    Column("count", Integer, nullable=False),
)

# --- store: clean engagements, leads, consent

OBJECTS = "kind IN ('video', 'listing_stats')"

engagements = Table(
    "engagements",
    metadata,
    Column("id", String(34), primary_key=True),  # "E-" + natural key
    Column("channel", String(16), nullable=False),
    Column("source", String(24), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("revised_at", UtcTime, nullable=False),
    Column("digest", String(24), nullable=False),
    Column("run", String(32), nullable=False),
    Column("lead", String(32)),
    Column("track", String(16)),
    Column("service_line", String(48)),
    Column("stage", Integer, nullable=False),  # 0 scrubbed, 1 stored, 2 scored
    Column("record", Json, nullable=False),  # the Engagement
    Index("ix_engagements_pending", "stage", "id", sqlite_where=text("stage < 2"), postgresql_where=text("stage < 2")),
    Index("ix_engagements_channel_time", "channel", "occurred_at"),
    Index("ix_engagements_lead_time", "lead", "occurred_at"),
    Index("ix_engagements_run", "run"),
    # What an action may change, looked up by its key when its page is read: few rows, so a small index.
    Index("ix_engagements_objects", "kind", "occurred_at", sqlite_where=text(OBJECTS), postgresql_where=text(OBJECTS)),
)

leads = Table(
    "leads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("track", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("merged_into", String(32)),
    Column("attributes", Json, nullable=False),
    Column(
        "attribute_times", Json, nullable=False, server_default="{}"
    ),  # attribute -> "instant|engagement" that stated it: the latest wins
    Column("stage", String(16), nullable=False),  # policies.leads.lifecycle.Stage: the furthest over its service lines
    Index("ix_leads_created_at", "created_at", "track", "stage", "merged_into"),  # the whole answer to how many came when, and how far
    Index(
        "ix_leads_merged_into",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

lead_stages = Table(
    "lead_stages",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("lead", String(32), nullable=False),  # as it was called then; a merge moves no history
    Column("service_line", String(48), nullable=False),  # "" before any handoff: the lead as a whole
    Column("stage", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", String(32)),
    Column("action", String(16)),
    Column("handoff", String(40)),  # the execution that put it into the sales inbox
    Column("until", UtcTime),  # of `recycled`: the lead rests until then; with it, half of its intent is taken in the ledger
    Index("ix_lead_stages_lead", "lead", "service_line", "id"),
    Index("ix_lead_stages_stage", "stage", "at"),
)

lead_keys = Table(
    "lead_keys",
    metadata,
    Column("match_key", String(64), primary_key=True),  # "<kind>:<keyed HMAC>"
    Column("lead", String(32), ForeignKey("leads.id"), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Index("ix_lead_keys_lead", "lead"),
)

lead_matches = Table(
    "lead_matches",
    metadata,
    # Append-only, as triggers of migration 0006 see to: every merge of leads and every one taken back. Keyed hashes only.
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("event", String(8), nullable=False),  # merge | unmerge
    Column("rule", String(16), nullable=False),  # policies.leads.identity.Rule
    Column("lead", String(32), nullable=False),  # that went in, or came out
    Column("survivor", String(32), nullable=False),
    Column("match_key", String(64)),  # that joined them; none where a person did
    Column("lead_keys", Json, nullable=False),  # what each side knew then: with it a merge can be taken back
    Column("survivor_keys", Json, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", String(32)),
    Index("ix_lead_matches_lead", "lead", "id"),
    Index("ix_lead_matches_survivor", "survivor", "id"),
)

lead_holds = Table(
    "lead_holds",
    metadata,
    # The word of people that holds now, by the row of `lead_matches` that says it.
    Column("hold", RowId, primary_key=True, autoincrement=False),
    Column("match_key", String(64), primary_key=True),
    Column("side", Integer, nullable=False),  # 0: these keys are of one lead; 1, 2: the keys of the two sides never meet
    Index("ix_lead_holds_match_key", "match_key"),
)

lead_groups = Table(
    "lead_groups",
    metadata,
    # What acts state, so that a revised act takes back what it said; by match key, as contacts are: a merge or unmerge of leads moves nothing.
    Column("engagement", String(34), primary_key=True),
    Column("group_key", String(64), primary_key=True),  # "org:" name, "orgsite:" domain, "home:" the two of a household: keyed HMAC
    Column("match_key", String(64), nullable=False),  # the strongest of the act: a weaker one may be of somebody else
    Column("at", UtcTime, nullable=False),  # the latest word counts: who changes the practice is of the new one
    Index("ix_lead_groups_group_key", "group_key"),
    Index("ix_lead_groups_match_key", "match_key"),
)

contacts = Table(
    "contacts",
    metadata,
    # A lead's contact is the union over its match keys: a merge or unmerge of leads moves no contact.
    Column("match_key", String(64), primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False),  # the row's own data key, wrapped by the ring; deleting it shreds the contact
    *sealed_columns(),
    Column("updated_at", UtcTime, nullable=False),
)

name_grams = Table(
    "name_grams",
    metadata,
    Column("gram", String(32), primary_key=True),  # keyed HMAC of one to three words of a lead's name
    Column("match_key", String(64), primary_key=True),  # whose: shredding the contact deletes its grams
    Index("ix_name_grams_match_key", "match_key"),
)

consents = Table(
    "consents",
    metadata,
    Column("lead", String(32), primary_key=True),
    Column("purpose", String(24), primary_key=True),  # email | sms | phone | household
    Column("granted", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("engagement", String(34), nullable=False),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("lead", String(32), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("execution", String(40)),
    Column("at", UtcTime, nullable=False),
)

# --- score

score_models = Table(
    "score_models",
    metadata,
    Column("id", String(80), primary_key=True),  # name@hash: immutable
    Column("name", String(48), nullable=False),
    Column("body", Json, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("signatures", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("lead", String(32), nullable=False),
    Column("model", String(80), nullable=False),
    Column("engagement", String(80), nullable=False),  # or "R:<handoff>:<group>", a recycle's row
    Column("event", String(32), nullable=False),
    Column("group", String(32), nullable=False),
    Column("weight", Float, nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("object_key", String(160)),  # what its count cap is about; NULL where no cap of the model counts this event per object
    Column("rests_until", UtcTime),
    UniqueConstraint("engagement", "model"),
    # A count cap asks for the last k counted awards of a lead, or of a lead and an object: both are the end of a range of this.
    Index("ix_ledger_cap", "lead", "model", "event", "counted", "object_key", "occurred_at"),
    # Who did something after an instant. Events come in order of time, so this grows at its end, where an index on `scores` would be rewritten.
    Index("ix_ledger_time", "model", "occurred_at", "lead"),
)

scores = Table(
    "scores",
    metadata,
    Column("lead", String(32), primary_key=True),
    Column("model", String(80), primary_key=True),
    Column("track", String(16), nullable=False),
    Column("service_line", String(48), nullable=False),
    Column("fit", Float, nullable=False),
    Column("g", Float, nullable=False),  # sum of the positive G: no intent is above g*exp(-lambda*(t - L))
    Column("groups", Json, nullable=False, server_default="{}"),  # {cap group: G}, G = sum of w*exp(lambda*(t - L)), signed
    Column("last_event_at", UtcTime),
    Column("last_qualifying_at", UtcTime),
    Column("fast_lane_at", UtcTime),
    Column("disqualified_at", UtcTime),
    Column("mql_since", UtcTime),
    Column("mql_until", UtcTime),
    Column("rests_until", UtcTime),
    Index("ix_scores_mql_until", "model", "mql_until"),
    Index("ix_scores_rank", "model", "fit", text("g DESC"), "lead"),
    sqlite_with_rowid=False,  # one tree instead of two for a row that every event changes
)

mql_tally = Table(
    "mql_tally",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("model", String(80), nullable=False),
    Column("day", String(10), nullable=False),  # of `mql_until`, UTC
    Column("n", Integer, nullable=False),  # appended by triggers on `scores`; the sum per model and day is how many end then
    Index("ix_mql_tally_model", "model", "day", "n"),
)
