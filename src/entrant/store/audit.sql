-- name: begin
-- nothing
INSERT INTO audit_head (workspace, sequence, hash) VALUES (:workspace, 0, '');

-- name: head
-- the newest entry's number and hash, as they are kept beside the log
SELECT sequence, hash FROM audit_head WHERE workspace = :workspace;

-- name: append
-- nothing
INSERT INTO audit (workspace, sequence, at, channel, actor, actor_name, action, target, outcome, detail, details, salt, hash)
VALUES (:workspace, :sequence, :at, :channel, :actor, :actor_name, :action, :target, :outcome, :detail, :details, :salt, :hash);

-- name: erase
-- nothing; the trigger lets no more than this through
UPDATE audit SET actor = :actor, actor_name = :actor_name, target = :target, detail = :detail, details = :details,
                 salt = NULL, erased = :erased
WHERE workspace = :workspace AND sequence = :sequence;

-- name: find_cut
-- where the log begins
SELECT * FROM audit_cut WHERE workspace = :workspace;

-- name: older
-- the last of the entries before the first one of a time or later
SELECT sequence, hash FROM audit WHERE workspace = :workspace AND sequence < COALESCE(
    (SELECT MIN(sequence) FROM audit WHERE workspace = :workspace AND at >= :before),
    (SELECT sequence + 1 FROM audit_head WHERE workspace = :workspace))
ORDER BY sequence DESC LIMIT 1;

-- name: cut
-- nothing
INSERT INTO audit_cut (workspace, sequence, hash, at, key, signature)
VALUES (:workspace, :sequence, :hash, :at, :key, :signature)
ON CONFLICT (workspace) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash, at = excluded.at,
                                      key = excluded.key, signature = excluded.signature;

-- name: remove_cut
-- nothing; entries up to a number that is cut off
DELETE FROM audit WHERE workspace = :workspace AND sequence <= :sequence;

-- name: newest
-- entries before a number, newest first
SELECT * FROM audit WHERE workspace = :workspace AND sequence < :before ORDER BY sequence DESC LIMIT :most;

-- name: following
-- entries after a number, oldest first
SELECT * FROM audit WHERE workspace = :workspace AND sequence > :after ORDER BY sequence LIMIT :most;

-- name: count_stranger
-- how many calls with wrong credentials there have been in this hour, this one included
INSERT INTO stranger (workspace, hour, calls) VALUES (:workspace, :hour, 1)
ON CONFLICT (workspace) DO UPDATE
SET calls = CASE WHEN stranger.hour = excluded.hour THEN stranger.calls + 1 ELSE 1 END, hour = excluded.hour
RETURNING calls;
