-- name: list
-- the keys for a purpose, the one that seals or signs first
SELECT * FROM service_key WHERE purpose = :purpose ORDER BY CASE WHEN retired IS NULL THEN 0 ELSE 1 END, created DESC, id;

-- name: insert
-- nothing
INSERT INTO service_key (purpose, id, secret, public, created) VALUES (:purpose, :id, :secret, :public, :created);

-- name: retire_others
-- nothing; they seal and sign no more
UPDATE service_key SET retired = :now WHERE purpose = :purpose AND id <> :id AND retired IS NULL;

-- name: turn
-- nothing; one process at a time makes or removes keys
INSERT INTO setting (name, value) VALUES ('keys', '') ON CONFLICT (name) DO UPDATE SET value = '';

-- name: remove
-- nothing
DELETE FROM service_key WHERE purpose = :purpose AND id = :id;

-- name: forget_secret
-- nothing; what it has signed can still be checked
UPDATE service_key SET secret = NULL WHERE purpose = :purpose AND retired IS NOT NULL;

-- name: remove_retired
-- nothing
DELETE FROM service_key WHERE purpose = :purpose AND retired < :before;
