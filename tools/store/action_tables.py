"""Tables of the second half of the sentence: propose, check, queue, decide, execute, audit; and the people."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from tools.store.schema import Json, RowId, UtcTime, metadata

# --- propose, check, queue, decide

actions = Table(
    "actions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("period", String(24), nullable=False),
    Column("status", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("risk", String(8), nullable=False),
    Column("money_usd", Float, nullable=False),
    Column("track", String(16)),
    Column("lead", String(32)),
    Column("author", String(64), nullable=False),
    Column("run", String(32)),
    Column("hold_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("title", Text, nullable=False, server_default=""),  # of the present version
    Column("words", String(240), nullable=False, server_default=""),  # what a search looks into: the title and the subject, folded
    Column("place", BigInteger, nullable=False, server_default="0"),  # in the queue's order, `tools.store.places`
    UniqueConstraint("kind", "channel", "subject", "period"),
    Index("ix_actions_queue", "status", "created_at", "id"),
    Index("ix_actions_place", "status", "place", "id", "words"),
    Index("ix_actions_cell", "status", "kind", "channel", "place", "id"),
    Index(
        "ix_actions_expiry",
        "expires_at",
        sqlite_where=text("status IN ('queued', 'approved')"),
        postgresql_where=text("status IN ('queued', 'approved')"),
    ),
    Index("ix_actions_lead", "lead"),
    Index("ix_actions_created_at", "created_at", "id"),
    Index("ix_actions_run", "run"),
    Index("ix_actions_spend", "updated_at", sqlite_where=text("money_usd > 0"), postgresql_where=text("money_usd > 0")),
)

action_versions = Table(
    "action_versions",
    metadata,
    Column("action", String(16), ForeignKey("actions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", Json, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("author", String(64), nullable=False),
    Column("why", Json, nullable=False),
    Column("facts", Json, nullable=False),
    Column("states", Json),
    Column("evidence", Json, nullable=False),
    Column("findings", Json, nullable=False),
    Column("pack", String(80), nullable=False),  # version and hash of the rule pack that was applied
    Column("created_at", UtcTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("action", String(16), ForeignKey("actions.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("by", String(64), nullable=False),
    Column("role", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("on_behalf_of", String(64)),  # whose authority a deputy used
    UniqueConstraint("action", "version", "by"),
    Index("ix_decisions_by", "by", "at"),
    Index("ix_decisions_at", "at"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("scope", Json, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("document_hash", String(64), nullable=False),
    Column("verified_by", String(64), nullable=False),
    Index("ix_evidence_subject", "subject", "key"),
)

# --- execute

executions = Table(
    "executions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("action", String(16), ForeignKey("actions.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", String(24), nullable=False),
    Column("status", String(12), nullable=False),
    Column("claimed_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("receipt", Json),
    Column("error", Text),
    UniqueConstraint("action", "version", "operation"),
    Index("ix_executions_operation", "operation", "claimed_at"),
    Index("ix_executions_finished_at", "finished_at"),
)

sales_inbox = Table(
    "sales_inbox",
    metadata,
    Column("execution", String(40), primary_key=True),
    Column("action", String(16), nullable=False),
    Column("lead", String(32), nullable=False),
    Column("track", String(16), nullable=False),
    Column("service_line", String(48), nullable=False),
    Column("handoff", Json, nullable=False),  # score, reasons, "MQL until", consent: no contact
    Column("location", String(64)),  # of the lead's latest act that named one: whose business hours count
    Column("status", String(12), nullable=False),  # approvals.inbox.HandoffStatus
    Column("bant", Json),
    Column("reason", String(32)),
    Column("by", String(64)),
    Column("received_at", UtcTime, nullable=False),
    Column("accepted_at", UtcTime),
    Column("first_attempt_at", UtcTime),
    Column("decided_at", UtcTime),
    Column("due_at", UtcTime),  # when the response time that runs ends: the order of the work list; NULL = none runs
    Index("ix_sales_inbox_status", "status", "received_at"),
    Index(
        "ix_sales_inbox_due", "due_at", "execution", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")
    ),
    Index("ix_sales_inbox_lead", "lead"),
    Index("ix_sales_inbox_by", "by", "status"),
)

handoff_attempts = Table(
    "handoff_attempts",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("handoff", String(40), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),  # reached | no_answer | left_message
    Index("ix_handoff_attempts_handoff", "handoff", "at"),
)

handoff_escalations = Table(
    "handoff_escalations",
    metadata,
    Column("handoff", String(40), primary_key=True),
    Column("timer", String(8), primary_key=True),  # accept | attempt
    Column("level", Integer, primary_key=True),  # 1 the sales lead, 2 the marketing director
    Column("at", UtcTime, nullable=False),
)

human_tasks = Table(
    "human_tasks",
    metadata,
    Column("execution", String(40), primary_key=True),
    Column("action", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("where", Text, nullable=False),
    Column("status", String(8), nullable=False),  # open | done
    Column("by", String(64)),
    Column("created_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    Index("ix_human_tasks_status", "status", "created_at", "execution"),
)

egress_log = Table(
    "egress_log",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("destination", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
)

llm_usage = Table(
    "llm_usage",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("run", String(32)),
    Column("model", String(64), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Index("ix_llm_usage_run", "run"),
)

# --- audit, people

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("event", String(40), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("detail", Json, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_subject", "subject", "seq"),
    Index("ix_audit_actor", "actor", "seq"),
    Index("ix_audit_event", "event", "seq"),
    Index("ix_audit_at", "at", "seq"),
)

people = Table(
    "people",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("password_hash", Text),
    Column("failed_signins", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
)

signin_links = Table(
    "signin_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("made_by", Json),  # everybody who may have made it
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("id", String(16), nullable=False, unique=True),  # names the session on pages; opens nothing
    Column("username", String(64), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("method", String(8), nullable=False),  # password | link | sso
    Column("agent", String(40), nullable=False),  # the browser's family, never its whole name
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("fresh_at", UtcTime, nullable=False),  # when the person last proved who they are
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_sessions_username", "username"),
)
