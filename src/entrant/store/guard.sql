-- name: set_guard
-- nothing
UPDATE connection SET guard = :guard WHERE workspace = :workspace AND id = :connection;

-- name: forget_counts
-- nothing; what was counted by other settings counts no more
DELETE FROM guard_count WHERE workspace = :workspace AND connection = :connection;

-- name: count
-- the sums after so much has been added; a clock that went back adds to the newest bucket
INSERT INTO guard_count (workspace, connection, kind, scope, bucket, recent, earlier, base)
VALUES (:workspace, :connection, :kind, :scope, :bucket, :amount, 0, :base)
ON CONFLICT (workspace, connection, kind, scope) DO UPDATE SET
    recent = CASE WHEN guard_count.bucket >= excluded.bucket THEN guard_count.recent + excluded.recent
                  ELSE excluded.recent END,
    earlier = CASE WHEN guard_count.bucket >= excluded.bucket THEN guard_count.earlier
                   WHEN guard_count.bucket = excluded.bucket - 1 THEN guard_count.recent
                   ELSE 0 END,
    base = CASE WHEN guard_count.bucket >= excluded.bucket THEN guard_count.base ELSE excluded.base END,
    bucket = CASE WHEN guard_count.bucket >= excluded.bucket THEN guard_count.bucket ELSE excluded.bucket END
RETURNING bucket, recent, earlier, base;

-- name: uncount
-- nothing; takes back what an administrator has approved
UPDATE guard_count SET recent = recent - :amount
WHERE workspace = :workspace AND connection = :connection AND kind = :kind AND scope = :scope;

-- name: forget_count
-- nothing
DELETE FROM guard_count
WHERE workspace = :workspace AND connection = :connection AND kind = :kind AND scope = :scope;

-- name: set_base
-- nothing
UPDATE guard_count SET base = :base
WHERE workspace = :workspace AND connection = :connection AND kind = :kind AND scope = :scope;

-- name: with_access
-- how many members have access now
SELECT COUNT(*) AS members FROM member WHERE workspace = :workspace AND role > '';

-- name: older
-- which of these members were there before a time
SELECT id FROM member WHERE workspace = :workspace AND id IN :ids AND created <= :before;

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
INSERT INTO held_subject (workspace, held, subject, weight) VALUES (:workspace, :held, :subject, :weight)
ON CONFLICT (workspace, held, subject) DO NOTHING;

-- name: list_held
-- the held changes that have not been forgotten, oldest first
SELECT * FROM held WHERE workspace = :workspace AND last > :since ORDER BY id;

-- name: subjects
-- whom a held change concerns, by name where they have one
SELECT s.subject, s.weight, m.doc AS user_doc, g.doc AS group_doc FROM held_subject s
LEFT JOIN member m ON m.workspace = s.workspace AND m.id = s.subject
LEFT JOIN groups g ON g.workspace = s.workspace AND g.id = s.subject
WHERE s.workspace = :workspace AND s.held = :held ORDER BY s.subject;

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
