-- name: insert
-- nothing
INSERT INTO session (workspace, digest, member, created, seen) VALUES (:workspace, :digest, :member, :now, :now);

-- name: find
-- the session and its member
SELECT m.*, s.created AS session_created, s.seen FROM session s
JOIN member m ON m.workspace = s.workspace AND m.id = s.member
WHERE s.workspace = :workspace AND s.digest = :digest;

-- name: touch
-- nothing
UPDATE session SET seen = :now WHERE workspace = :workspace AND digest = :digest;

-- name: delete
-- nothing
DELETE FROM session WHERE workspace = :workspace AND digest = :digest;

-- name: end_all
-- nothing; ends every session of these members
DELETE FROM session WHERE workspace = :workspace AND member IN :members;

-- name: purge
-- nothing; removes sessions that have ended by their age
DELETE FROM session WHERE created < :before;
