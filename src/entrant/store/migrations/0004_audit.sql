-- The audit log: what people did to a workspace, appended and never changed, each entry chained by hash to the one
-- before. And how often strangers knocked, so that what they leave behind is bounded.

CREATE TABLE audit (
    workspace key_text NOT NULL,
    sequence BIGINT NOT NULL,
    at utc_text NOT NULL,
    channel key_text NOT NULL,
    actor key_text NOT NULL,
    actor_name TEXT,
    action key_text NOT NULL,
    target TEXT,
    outcome key_text NOT NULL,
    detail TEXT,
    details TEXT NOT NULL,
    hash key_text NOT NULL,
    PRIMARY KEY (workspace, sequence)
);

-- engine: sqlite
CREATE TRIGGER audit_keeps_entries BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- engine: postgresql
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;

-- engine: postgresql
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE stranger (
    workspace key_text PRIMARY KEY,
    hour utc_text NOT NULL,
    calls BIGINT NOT NULL
);
