-- name: find_access
-- the workspace, connection and token that a digest opens
SELECT w.*, c.id AS connection_id, c.provider, c.enabled, c.created AS connection_created, c.last_contact,
       c.last_spelling, c.guard, c.first_write,
       t.masked, t.created AS token_created, t.expires, t.last_used, t.credential, t.ended
FROM token t
JOIN workspace w ON w.id = t.workspace
JOIN connection c ON c.workspace = t.workspace AND c.id = t.connection
WHERE t.digest = :digest AND w.slug = :slug;

-- name: insert
-- nothing
INSERT INTO connection (workspace, id, provider, enabled, created)
VALUES (:workspace, :id, :provider, :enabled, :created);

-- name: list_all
-- the connections of a workspace, oldest first
SELECT * FROM connection WHERE workspace = :workspace ORDER BY id;

-- name: set_enabled
-- nothing
UPDATE connection SET enabled = :enabled WHERE workspace = :workspace AND id = :id;

-- name: set_provider
-- nothing
UPDATE connection SET provider = :provider WHERE workspace = :workspace AND id = :id;

-- name: insert_token
-- nothing
INSERT INTO token (digest, workspace, connection, masked, created, expires, credential)
VALUES (:digest, :workspace, :connection, :masked, :created, :expires, :credential);

-- name: end_tokens
-- nothing; tokens given by hand that would live longer end then
UPDATE token SET expires = :at, ended = 'replaced'
WHERE workspace = :workspace AND connection = :connection AND credential IS NULL
  AND (expires IS NULL OR expires > :at);

-- name: tokens
-- the tokens of a connection that were given by hand, newest first
SELECT * FROM token
WHERE workspace = :workspace AND connection = :connection AND credential IS NULL
ORDER BY created DESC, digest;

-- name: touch_token
-- nothing
UPDATE token SET last_used = :now
WHERE workspace = :workspace AND connection = :connection AND masked = :masked AND created = :created;

-- name: touch
-- nothing
UPDATE connection SET last_contact = :now, last_spelling = :spelling WHERE workspace = :workspace AND id = :id;

-- name: begin_fill
-- nothing
UPDATE connection SET first_write = :now WHERE workspace = :workspace AND id = :id AND first_write IS NULL;

-- name: count_tolerance
-- nothing
INSERT INTO tolerance_use (workspace, connection, tolerance, uses, last_used)
VALUES (:workspace, :connection, :tolerance, :uses, :now)
ON CONFLICT (workspace, connection, tolerance)
DO UPDATE SET uses = tolerance_use.uses + excluded.uses, last_used = excluded.last_used;

-- name: tolerances
-- what a connection needed, and how often
SELECT tolerance, uses, last_used FROM tolerance_use
WHERE workspace = :workspace AND connection = :connection ORDER BY tolerance;
