-- name: append
-- nothing
INSERT INTO log (id, at, job, service_principal, cycle, change_id, action, status, source_id, milliseconds, properties,
                 doc)
VALUES (:id, :at, :job, :service_principal, :cycle, :change_id, :action, :status, :source_id, :milliseconds,
        :properties, :doc);

-- name: page
-- entries; the conditions follow
SELECT * FROM log

-- name: newest_first
-- the end of the statement above
ORDER BY at DESC, id DESC LIMIT :most;

-- name: find
-- one entry
SELECT * FROM log WHERE id = :id;

-- name: purge
-- nothing
DELETE FROM log WHERE at < :before;

-- name: clear
-- nothing
DELETE FROM log WHERE job = :job;
