-- Provisioning jobs, their executions, and the keys that the tenant signs with.
--
-- `job.connection` is encrypted (jobs/secrets.py); `schema_json`, `settings`, `quarantine`, `pending_reset` and
-- `counters` are JSON text. Times of leases, keys and calls on demand are real ones, all others by the emulator's clock.

CREATE TABLE job (
    id key_text PRIMARY KEY,
    service_principal key_text NOT NULL UNIQUE,
    template_id TEXT NOT NULL,
    created utc_text NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    schedule key_text NOT NULL,
    next_run utc_text,
    schema_json TEXT NOT NULL,
    connection TEXT,
    sync_all SMALLINT NOT NULL DEFAULT 0,
    settings TEXT NOT NULL,
    watermark BIGINT,
    allow_deletions SMALLINT NOT NULL DEFAULT 0,
    quarantine TEXT,
    pending_reset TEXT,
    steady_first utc_text,
    steady_last utc_text,
    complete_failures BIGINT NOT NULL DEFAULT 0,
    escrows_pruned BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until utc_text
);

CREATE INDEX job_due ON job (next_run);

CREATE TABLE execution (
    job key_text NOT NULL,
    began utc_text NOT NULL,
    id key_text NOT NULL,
    initial SMALLINT NOT NULL,
    ended utc_text,
    state key_text,
    exported SMALLINT NOT NULL DEFAULT 0,
    counters TEXT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    PRIMARY KEY (job, id)
);

CREATE INDEX execution_order ON execution (job, began);

CREATE TABLE on_demand_call (
    job key_text NOT NULL,
    at utc_text NOT NULL,
    PRIMARY KEY (job, at)
);

CREATE TABLE signing_key (
    kid key_text PRIMARY KEY,
    created utc_text NOT NULL,
    retired utc_text,
    sealed TEXT NOT NULL
);
