-- name: last
-- the newest entry's number and hash
SELECT sequence, hash FROM audit WHERE workspace = :workspace ORDER BY sequence DESC LIMIT 1;

-- name: append
-- nothing
INSERT INTO audit (workspace, sequence, at, channel, actor, actor_name, action, target, outcome, detail, details, hash)
VALUES (:workspace, :sequence, :at, :channel, :actor, :actor_name, :action, :target, :outcome, :detail, :details, :hash);

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
