-- The audit log keeps its head elsewhere, may be cut at a signed anchor, and may lose the values of a person, and nothing else
-- (decision 0010). An entry's salt is hashed with it, and goes with the values: no guess at them can be tried on the hash.

ALTER TABLE audit ADD COLUMN salt TEXT;

-- Number of the entry that tells of the erasure by which this one last lost values; NULL while it is as it was written.
ALTER TABLE audit ADD COLUMN erased BIGINT;

CREATE TABLE audit_head (
    workspace key_text PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash key_text NOT NULL
);

INSERT INTO audit_head (workspace, sequence, hash)
SELECT w.id, COALESCE(a.sequence, 0), COALESCE(a.hash, '')
FROM workspace w
LEFT JOIN audit a ON a.workspace = w.id
    AND a.sequence = (SELECT MAX(sequence) FROM audit l WHERE l.workspace = w.id);

-- Where the log of a workspace begins: after the last entry that was cut off.
CREATE TABLE audit_cut (
    workspace key_text PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash key_text NOT NULL,
    at utc_text NOT NULL,
    key key_text NOT NULL,
    signature TEXT NOT NULL
);

-- engine: sqlite
DROP TRIGGER audit_keeps_entries;

-- engine: sqlite
DROP TRIGGER audit_loses_nothing;

-- Before a row, so before INSERT OR REPLACE has removed the one in its place.
-- engine: sqlite
CREATE TRIGGER audit_appends BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT sequence + 1 FROM audit_head WHERE workspace = NEW.workspace)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_moves_head AFTER INSERT ON audit
BEGIN UPDATE audit_head SET sequence = NEW.sequence, hash = NEW.hash WHERE workspace = NEW.workspace; END;

-- engine: sqlite
CREATE TRIGGER audit_keeps_entries BEFORE UPDATE ON audit
WHEN NEW.erased IS NULL OR NEW.salt IS NOT NULL OR NEW.workspace <> OLD.workspace OR NEW.sequence <> OLD.sequence
  OR NEW.at <> OLD.at OR NEW.channel <> OLD.channel OR NEW.action <> OLD.action OR NEW.outcome <> OLD.outcome
  OR NEW.hash <> OLD.hash
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit
WHEN OLD.sequence > COALESCE((SELECT sequence FROM audit_cut WHERE workspace = OLD.workspace), 0)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_head_is_new BEFORE INSERT ON audit_head
WHEN EXISTS (SELECT 1 FROM audit_head WHERE workspace = NEW.workspace)
BEGIN SELECT RAISE(ABORT, 'the head of the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head
WHEN NEW.workspace <> OLD.workspace OR NEW.sequence <> OLD.sequence + 1
  OR NEW.hash IS NOT (SELECT hash FROM audit WHERE workspace = NEW.workspace AND sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'the head of the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the head of the audit log is append-only'); END;

-- engine: sqlite
CREATE TRIGGER audit_cut_is_new BEFORE INSERT ON audit_cut
WHEN EXISTS (SELECT 1 FROM audit_cut WHERE workspace = NEW.workspace AND sequence >= NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'the audit log is cut forward only'); END;

-- engine: sqlite
CREATE TRIGGER audit_cut_moves BEFORE UPDATE ON audit_cut
WHEN NEW.workspace <> OLD.workspace OR NEW.sequence <= OLD.sequence
BEGIN SELECT RAISE(ABORT, 'the audit log is cut forward only'); END;

-- engine: sqlite
CREATE TRIGGER audit_cut_stays BEFORE DELETE ON audit_cut
BEGIN SELECT RAISE(ABORT, 'the audit log is cut forward only'); END;

-- engine: postgresql
DROP TRIGGER audit_append_only ON audit;

-- engine: postgresql
CREATE FUNCTION audit_appends() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.sequence IS DISTINCT FROM (SELECT sequence + 1 FROM audit_head WHERE workspace = NEW.workspace) THEN
        RAISE EXCEPTION 'the audit log is append-only'; END IF;
    RETURN NEW; END $$;

-- engine: postgresql
CREATE FUNCTION audit_moves_head() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE audit_head SET sequence = NEW.sequence, hash = NEW.hash WHERE workspace = NEW.workspace;
    RETURN NULL; END $$;

-- engine: postgresql
CREATE FUNCTION audit_keeps_entries() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.erased IS NULL OR NEW.salt IS NOT NULL OR NEW.workspace <> OLD.workspace OR NEW.sequence <> OLD.sequence
       OR NEW.at <> OLD.at OR NEW.channel <> OLD.channel OR NEW.action <> OLD.action OR NEW.outcome <> OLD.outcome
       OR NEW.hash <> OLD.hash THEN
        RAISE EXCEPTION 'the audit log is append-only'; END IF;
    RETURN NEW; END $$;

-- engine: postgresql
CREATE FUNCTION audit_loses_nothing() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF OLD.sequence > COALESCE((SELECT sequence FROM audit_cut WHERE workspace = OLD.workspace), 0) THEN
        RAISE EXCEPTION 'the audit log is append-only'; END IF;
    RETURN OLD; END $$;

-- engine: postgresql
CREATE FUNCTION audit_head_follows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.workspace <> OLD.workspace OR NEW.sequence <> OLD.sequence + 1 OR NEW.hash IS DISTINCT FROM
       (SELECT hash FROM audit WHERE workspace = NEW.workspace AND sequence = NEW.sequence) THEN
        RAISE EXCEPTION 'the head of the audit log is append-only'; END IF;
    RETURN NEW; END $$;

-- engine: postgresql
CREATE FUNCTION audit_cut_moves() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.workspace <> OLD.workspace OR NEW.sequence <= OLD.sequence THEN
        RAISE EXCEPTION 'the audit log is cut forward only'; END IF;
    RETURN NEW; END $$;

-- engine: postgresql
CREATE TRIGGER audit_appends BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_appends();

-- engine: postgresql
CREATE TRIGGER audit_moves_head AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_moves_head();

-- engine: postgresql
CREATE TRIGGER audit_keeps_entries BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_keeps_entries();

-- engine: postgresql
CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_loses_nothing();

-- engine: postgresql
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- engine: postgresql
CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_follows();

-- engine: postgresql
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- engine: postgresql
CREATE TRIGGER audit_cut_moves BEFORE UPDATE ON audit_cut FOR EACH ROW EXECUTE FUNCTION audit_cut_moves();

-- engine: postgresql
CREATE TRIGGER audit_cut_stays BEFORE DELETE OR TRUNCATE ON audit_cut
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
