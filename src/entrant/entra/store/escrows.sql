-- name: save
-- nothing
INSERT INTO escrow (job, object_id, part, kind, first_failure, failures, next_attempt, code, message)
VALUES (:job, :object_id, :part, :kind, :first_failure, :failures, :next_attempt, :code, :message)
ON CONFLICT (job, object_id, part) DO UPDATE SET
    first_failure = excluded.first_failure, failures = excluded.failures, next_attempt = excluded.next_attempt,
    code = excluded.code, message = excluded.message;

-- name: settle
-- nothing
DELETE FROM escrow WHERE job = :job AND object_id = :object_id AND part IN :parts;

-- name: of
-- what waits for these objects
SELECT * FROM escrow WHERE job = :job AND object_id IN :ids ORDER BY object_id, part;

-- name: due
-- the objects whose time has come, users first, in the order of creation
SELECT DISTINCT e.object_id, o.kind, o.number FROM escrow e JOIN object o ON o.id = e.object_id
WHERE e.job = :job AND e.next_attempt <= :now
ORDER BY o.kind DESC, o.number;

-- name: page
-- escrows of a job after an object and part
SELECT * FROM escrow WHERE job = :job AND (object_id, part) > (:object_id, :part)
ORDER BY object_id, part LIMIT :most;

-- name: count
-- how many there are
SELECT COUNT(*) AS escrows FROM escrow WHERE job = :job;

-- name: clear
-- nothing
DELETE FROM escrow WHERE job = :job;
