-- name: append
-- nothing
INSERT INTO log (workspace, id, at, request_id, connection, operation, resource_type, resource_id, resource_name,
                 outcome, status, scim_type, code, detail, tolerances, changes, body)
VALUES (:workspace, :id, :at, :request_id, :connection, :operation, :resource_type, :resource_id, :resource_name,
        :outcome, :status, :scim_type, :code, :detail, :tolerances, :changes, :body);

-- name: newest
-- entries before an id, newest first
SELECT * FROM log WHERE workspace = :workspace AND id < :before ORDER BY id DESC LIMIT :most;

-- name: newest_refused
-- entries that were not done, before an id, newest first
SELECT * FROM log
WHERE workspace = :workspace AND outcome IN ('refused', 'failed') AND id < :before
ORDER BY id DESC LIMIT :most;

-- name: following
-- entries after an id, oldest first
SELECT * FROM log WHERE workspace = :workspace AND id > :after ORDER BY id LIMIT :most;

-- name: about
-- the entries about a resource, oldest first
SELECT * FROM log WHERE workspace = :workspace AND resource_id = :resource ORDER BY id;

-- name: erase
-- nothing
UPDATE log SET operation = :operation, resource_id = :resource_id, resource_name = :resource_name, detail = :detail,
               changes = :changes, body = :body
WHERE workspace = :workspace AND id = :id;

-- name: purge
-- nothing; removes what is older
DELETE FROM log WHERE at < :before;
