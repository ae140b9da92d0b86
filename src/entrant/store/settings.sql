-- name: find
-- the value of a setting
SELECT value FROM setting WHERE name = :name;

-- name: put
-- nothing
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: raise
-- nothing
INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE setting.value < excluded.value;

-- name: remove
-- nothing
DELETE FROM setting WHERE name = :name;

-- name: beginning
-- the settings whose names are in a range
SELECT name, value FROM setting WHERE name >= :first AND name < :last ORDER BY name;
