-- name: append
-- nothing
INSERT INTO log (id, at, job, service_principal, cycle, change_id, action, status, source_id, milliseconds, properties,
                 doc)
VALUES (:id, :at, :job, :service_principal, :cycle, :change_id, :action, :status, :source_id, :milliseconds,
        :properties, :doc);

-- name: page
-- entries with the name of their application; the conditions follow
SELECT *, (SELECT display_name FROM service_principal s WHERE s.id = log.service_principal) AS application FROM log

-- name: newest_first
-- the end of the statement above
ORDER BY at DESC, id DESC LIMIT :most;

-- name: window
-- the last entry that a filtered page may look at; conditions on one index follow
SELECT at, id FROM log

-- name: window_end
-- the end of the statement above
ORDER BY at DESC, id DESC LIMIT 1 OFFSET :skipped;

-- name: find
-- one entry
SELECT *, (SELECT display_name FROM service_principal s WHERE s.id = log.service_principal) AS application FROM log
WHERE id = :id;

-- name: purge
-- nothing
DELETE FROM log WHERE at < :before;

-- name: clear
-- nothing
DELETE FROM log WHERE job = :job;
