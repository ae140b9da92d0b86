-- name: insert
-- nothing
INSERT INTO session (workspace, digest, member, created, seen, method, confirmed)
VALUES (:workspace, :digest, :member, :now, :now, :method, :confirmed);

-- name: find
-- the session and its member
SELECT m.*, s.created AS session_created, s.seen, s.confirmed FROM session s
JOIN member m ON m.workspace = s.workspace AND m.id = s.member
WHERE s.workspace = :workspace AND s.digest = :digest;

-- name: of_member
-- the sessions of a member, newest first
SELECT digest, created, seen, method FROM session
WHERE workspace = :workspace AND member = :member AND created > :since ORDER BY created DESC LIMIT :most;

-- name: confirm
-- nothing
UPDATE session SET confirmed = :at WHERE workspace = :workspace AND digest = :digest;

-- name: end_others
-- a row for each session of the member that was ended: all but one
DELETE FROM session WHERE workspace = :workspace AND member = :member AND digest <> :digest RETURNING digest;

-- name: end_one
-- a row if the member had a session whose digest begins so
DELETE FROM session WHERE workspace = :workspace AND member = :member AND substr(digest, 1, 16) = :id RETURNING digest;

-- name: keep
-- nothing
INSERT INTO shown_once (workspace, session, sealed, created) VALUES (:workspace, :digest, :sealed, :now)
ON CONFLICT (workspace, session) DO UPDATE SET sealed = excluded.sealed, created = excluded.created;

-- name: take
-- what was kept
DELETE FROM shown_once WHERE workspace = :workspace AND session = :digest RETURNING sealed, created;

-- name: purge_kept
-- nothing; removes what nobody has looked at
DELETE FROM shown_once WHERE created < :before;

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
