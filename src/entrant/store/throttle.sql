-- name: count
-- the tries of a subject, this one included, since it began to be counted; a count from before :start begins anew
INSERT INTO sign_in_try (workspace, subject, since, tries) VALUES (:workspace, :subject, :now, 1)
ON CONFLICT (workspace, subject) DO UPDATE SET
    tries = CASE WHEN sign_in_try.since < :start THEN 1 ELSE sign_in_try.tries + 1 END,
    since = CASE WHEN sign_in_try.since < :start THEN excluded.since ELSE sign_in_try.since END
RETURNING tries;

-- name: forget
-- nothing
DELETE FROM sign_in_try WHERE workspace = :workspace AND subject = :subject;

-- name: purge
-- nothing
DELETE FROM sign_in_try WHERE since < :before;
