-- name: find
-- what is kept for an application
SELECT sealed FROM secrets WHERE service_principal = :service_principal;

-- name: save
-- nothing
INSERT INTO secrets (service_principal, sealed) VALUES (:service_principal, :sealed)
ON CONFLICT (service_principal) DO UPDATE SET sealed = excluded.sealed;

-- name: remove
-- nothing
DELETE FROM secrets WHERE service_principal = :service_principal;
