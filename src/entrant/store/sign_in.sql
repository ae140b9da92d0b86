-- name: find
-- the OpenID provider of a workspace
SELECT issuer, client_id, sealed_secret FROM sign_in_provider WHERE workspace = :workspace;

-- name: put
-- nothing
INSERT INTO sign_in_provider (workspace, issuer, client_id, sealed_secret)
VALUES (:workspace, :issuer, :client_id, :sealed_secret)
ON CONFLICT (workspace) DO UPDATE
SET issuer = excluded.issuer, client_id = excluded.client_id, sealed_secret = excluded.sealed_secret;

-- name: remove
-- nothing
DELETE FROM sign_in_provider WHERE workspace = :workspace;
