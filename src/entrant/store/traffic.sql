-- name: count
-- nothing; adds entries to an hour of the provisioning log
INSERT INTO log_hour (workspace, hour, entries, refused) VALUES (:workspace, :hour, :entries, :refused)
ON CONFLICT (workspace, hour)
DO UPDATE SET entries = log_hour.entries + excluded.entries, refused = log_hour.refused + excluded.refused;

-- name: refused
-- how many entries of an hour were refused
SELECT refused FROM log_hour WHERE workspace = :workspace AND hour = :hour;

-- name: hours
-- the hours since one, oldest first
SELECT hour, entries, refused FROM log_hour WHERE workspace = :workspace AND hour >= :since ORDER BY hour;

-- name: purge
-- nothing
DELETE FROM log_hour WHERE hour < :before;

-- name: note_probe
-- nothing
INSERT INTO probe (workspace, connection, at, operation) VALUES (:workspace, :connection, :now, :operation)
ON CONFLICT (workspace, connection) DO UPDATE SET at = excluded.at, operation = excluded.operation;

-- name: reword_probe
-- nothing
UPDATE probe SET operation = :operation WHERE workspace = :workspace AND connection = :connection;

-- name: probes
-- the last test of each connection
SELECT connection, at, operation FROM probe WHERE workspace = :workspace;
