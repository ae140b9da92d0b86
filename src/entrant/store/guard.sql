-- name: set_guard
-- nothing
UPDATE connection SET guard = :guard WHERE workspace = :workspace AND id = :connection;

-- name: forget_counted
-- nothing; what was counted by other settings counts no more
DELETE FROM guard_window WHERE workspace = :workspace AND connection = :connection;

-- name: windows
-- what a connection has been counted for in these scopes
SELECT kind, scope, step, sums, floor FROM guard_window
WHERE workspace = :workspace AND connection = :connection AND scope IN :scopes;

-- name: save_window
-- nothing
INSERT INTO guard_window (workspace, connection, scope, kind, step, sums, floor)
VALUES (:workspace, :connection, :scope, :kind, :step, :sums, :floor)
ON CONFLICT (workspace, connection, scope, kind)
DO UPDATE SET step = excluded.step, sums = excluded.sums, floor = excluded.floor;

-- name: forget_windows
-- nothing; of groups that are no more
DELETE FROM guard_window
WHERE workspace = :workspace AND connection IN (SELECT id FROM connection WHERE workspace = :workspace)
  AND scope IN :scopes;

-- name: count_members
-- how many members have had access since before a time, up to a number
SELECT COUNT(*) AS found FROM (
    SELECT id FROM member
    WHERE workspace = :workspace AND role > ''
      AND (access_since IS NULL OR access_since < :since)
    LIMIT :most
) AS old;

-- name: count_admins
-- the same of admins
SELECT COUNT(*) AS found FROM (
    SELECT id FROM member
    WHERE workspace = :workspace AND role = 'admin'
      AND (admin_since IS NULL OR admin_since < :since)
    LIMIT :most
) AS old;

-- name: count_places
-- the same of the members of a group
SELECT COUNT(*) AS found FROM (
    SELECT member_id FROM membership
    WHERE workspace = :workspace AND group_id = :group_id AND (since IS NULL OR since < :since)
    LIMIT :most
) AS old;

-- name: count_small_places
-- the same of the members of all groups of fewer than a number
SELECT COUNT(*) AS found FROM (
    SELECT s.member_id FROM groups g
    JOIN membership s ON s.workspace = g.workspace AND s.group_id = g.id
    WHERE g.workspace = :workspace AND g.member_count > 0 AND g.member_count < :minimum
      AND (s.since IS NULL OR s.since < :since)
    LIMIT :most
) AS old;

-- name: decided
-- what has been said about these subjects
SELECT s.subject, h.state FROM held h JOIN held_subject s ON s.workspace = h.workspace AND s.held = h.id
WHERE h.workspace = :workspace AND h.connection = :connection AND h.kind = :kind AND h.scope = :scope
  AND h.state <> 'waiting' AND h.last > :since AND s.subject IN :subjects;

-- name: consume
-- nothing; an approval lets each of its subjects through once
DELETE FROM held_subject WHERE workspace = :workspace AND subject IN :subjects AND held IN (
    SELECT id FROM held
    WHERE workspace = :workspace AND connection = :connection AND kind = :kind AND scope = :scope AND state = 'approved'
);

-- name: find_waiting
-- the change of this kind that waits for a decision
SELECT * FROM held
WHERE workspace = :workspace AND connection = :connection AND kind = :kind AND scope = :scope AND state = 'waiting';

-- name: hold
-- nothing
INSERT INTO held (workspace, id, connection, kind, scope, state, first, last)
VALUES (:workspace, :id, :connection, :kind, :scope, 'waiting', :now, :now);

-- name: touch
-- nothing
UPDATE held SET last = :now WHERE workspace = :workspace AND id = :id;

-- name: hold_subject
-- nothing
INSERT INTO held_subject (workspace, held, subject, weight, position)
VALUES (:workspace, :held, :subject, :weight, :position);

-- name: held_of
-- which of these subjects a held change has
SELECT subject FROM held_subject WHERE workspace = :workspace AND held = :held AND subject IN :subjects;

-- name: extent
-- how many a held change concerns, and the position of whom it got last; null if it has nobody
SELECT SUM(weight) AS weight, MAX(position) AS last FROM held_subject WHERE workspace = :workspace AND held = :held;

-- name: split
-- nothing; those who were added after a position are of another held change
UPDATE held_subject SET held = :other WHERE workspace = :workspace AND held = :held AND position > :position;

-- name: copy
-- nothing; another held change of the same kind, which waits
INSERT INTO held (workspace, id, connection, kind, scope, state, first, last)
SELECT workspace, CAST(:other AS TEXT), connection, kind, scope, 'waiting', :now, last FROM held
WHERE workspace = :workspace AND id = :id;

-- name: list_held
-- the held changes that have not been forgotten, oldest first
SELECT * FROM held WHERE workspace = :workspace AND last > :since ORDER BY id;

-- name: subjects
-- whom a held change concerns, by name where they have one
SELECT s.subject, s.weight, m.doc AS user_doc, g.doc AS group_doc FROM held_subject s
LEFT JOIN member m ON m.workspace = s.workspace AND m.id = s.subject
LEFT JOIN groups g ON g.workspace = s.workspace AND g.id = s.subject
WHERE s.workspace = :workspace AND s.held = :held ORDER BY s.position, s.subject LIMIT :most;

-- name: decide
-- nothing
UPDATE held SET state = :state, last = :now, decided_by = :by WHERE workspace = :workspace AND id = :id;

-- name: forget_subjects
-- nothing
DELETE FROM held_subject WHERE workspace = :workspace AND held IN (
    SELECT id FROM held WHERE workspace = :workspace AND last <= :before
);

-- name: forget_held
-- nothing
DELETE FROM held WHERE workspace = :workspace AND last <= :before;

-- name: forget_subject
-- nothing
DELETE FROM held_subject WHERE workspace = :workspace AND subject = :subject;

-- name: forget_adoptions
-- nothing
DELETE FROM held WHERE workspace = :workspace AND kind = 'adoption' AND substr(scope, 1, :length) = :begin;

-- name: rename_decider
-- nothing
UPDATE held SET decided_by = :pseudonym WHERE workspace = :workspace AND decided_by IN :names;
