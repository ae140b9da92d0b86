-- name: find_client
-- the workspace and the connection that a client id names, one that is switched off too
SELECT w.id AS workspace_id, c.id AS connection, c.enabled
FROM workspace w
JOIN connection c ON c.workspace = w.id
WHERE w.slug = :slug AND c.id = :client;

-- name: insert_secret
-- nothing
INSERT INTO client_secret (workspace, id, connection, digest, masked, created, expires)
VALUES (:workspace, :id, :connection, :digest, :masked, :created, :expires);

-- name: secrets
-- the client secrets of a connection that are alive, oldest first
SELECT * FROM client_secret
WHERE workspace = :workspace AND connection = :connection AND expires > :now
ORDER BY id;

-- name: delete_secret
-- nothing
DELETE FROM client_secret WHERE workspace = :workspace AND connection = :connection AND id = :id;

-- name: use_secret
-- nothing
UPDATE client_secret SET last_used = :now WHERE workspace = :workspace AND id = :id;

-- name: insert_federation
-- nothing
INSERT INTO federation (workspace, id, connection, issuer, audience, subject, tenant, keys, created)
VALUES (:workspace, :id, :connection, :issuer, :audience, :subject, :tenant, :keys, :created);

-- name: federations
-- the federations of a connection, oldest first
SELECT * FROM federation WHERE workspace = :workspace AND connection = :connection ORDER BY id;

-- name: federations_of
-- the federations of a workspace's connections that are switched on for an issuer and subject, oldest first
SELECT f.*
FROM workspace w
JOIN federation f ON f.workspace = w.id
JOIN connection c ON c.workspace = f.workspace AND c.id = f.connection
WHERE w.slug = :slug AND f.issuer = :issuer AND f.subject = :subject AND c.enabled = 1
ORDER BY f.id;

-- name: delete_federation
-- nothing
DELETE FROM federation WHERE workspace = :workspace AND connection = :connection AND id = :id;

-- name: use_federation
-- nothing
UPDATE federation SET last_used = :now WHERE workspace = :workspace AND id = :id;

-- name: delete_access_tokens
-- nothing; removes the access tokens given for a credential
DELETE FROM token WHERE workspace = :workspace AND credential = :credential;

-- name: delete_dead_tokens
-- nothing; removes the access tokens of a connection that have ended
DELETE FROM token
WHERE workspace = :workspace AND connection = :connection AND credential IS NOT NULL AND expires <= :now;

-- name: delete_token
-- nothing; removes an access token of a connection
DELETE FROM token
WHERE workspace = :workspace AND connection = :connection AND digest = :digest AND credential IS NOT NULL;

-- name: end_token
-- nothing; ends a token that was given by hand
UPDATE token SET expires = :now, ended = 'revoked'
WHERE workspace = :workspace AND connection = :connection AND digest = :digest AND credential IS NULL;

-- name: hand_tokens
-- the tokens of a connection that were given by hand and are alive, newest first
SELECT * FROM token
WHERE workspace = :workspace AND connection = :connection AND credential IS NULL
  AND (expires IS NULL OR expires > :now)
ORDER BY created DESC, digest;

-- name: use_assertion
-- nothing; changes no row if the assertion was used before
INSERT INTO assertion (workspace, digest, issuer, expires) VALUES (:workspace, :digest, :issuer, :expires)
ON CONFLICT (workspace, digest) DO NOTHING;

-- name: floor
-- a row if the floor of an issuer is at a time, or above
SELECT expires FROM assertion_floor WHERE workspace = :workspace AND issuer = :issuer AND expires >= :expires;

-- name: beyond
-- the end of the assertion of an issuer that is remembered after so many that end later
SELECT expires FROM assertion WHERE workspace = :workspace AND issuer = :issuer
ORDER BY expires DESC LIMIT 1 OFFSET :most;

-- name: floors
-- the last end of each issuer's assertions that end by a time, of all workspaces
SELECT workspace, issuer, MAX(expires) AS expires FROM assertion WHERE expires <= :before GROUP BY workspace, issuer;

-- name: raise_floor
-- nothing
INSERT INTO assertion_floor (workspace, issuer, expires) VALUES (:workspace, :issuer, :expires)
ON CONFLICT (workspace, issuer) DO UPDATE SET expires = excluded.expires
WHERE assertion_floor.expires < excluded.expires;

-- name: forget_assertions
-- nothing; removes what is below the floor
DELETE FROM assertion WHERE workspace = :workspace AND issuer = :issuer AND expires <= :expires;

-- name: expiring_secrets
-- the client secrets that end before a time, where no other of the connection lives on
SELECT w.slug, s.workspace, s.connection, s.id, s.masked, s.expires, s.warned
FROM client_secret s
JOIN workspace w ON w.id = s.workspace
WHERE s.expires > :now AND s.expires <= :before
  AND NOT EXISTS (SELECT 1 FROM client_secret o
                  WHERE o.workspace = s.workspace AND o.connection = s.connection AND o.expires > s.expires)
ORDER BY s.expires, s.id;

-- name: expiring_tokens
-- the tokens given by hand that end before a time, where no other of the connection lives on
SELECT w.slug, t.workspace, t.connection, t.digest AS id, t.masked, t.expires, t.warned
FROM token t
JOIN workspace w ON w.id = t.workspace
WHERE t.credential IS NULL AND t.expires > :now AND t.expires <= :before
  AND NOT EXISTS (SELECT 1 FROM token o
                  WHERE o.workspace = t.workspace AND o.connection = t.connection AND o.credential IS NULL
                    AND (o.expires IS NULL OR o.expires > t.expires))
ORDER BY t.expires, t.digest;

-- name: warn_secret
-- nothing; changes no row if the log has warned of that number of days, or fewer, before
UPDATE client_secret SET warned = :days WHERE workspace = :workspace AND id = :id AND (warned IS NULL OR warned > :days);

-- name: warn_token
-- nothing; changes no row if the log has warned of that number of days, or fewer, before
UPDATE token SET warned = :days WHERE workspace = :workspace AND digest = :id AND (warned IS NULL OR warned > :days);

-- name: purge_tokens
-- nothing; removes the access tokens of all workspaces that have ended
DELETE FROM token WHERE credential IS NOT NULL AND expires <= :now;
