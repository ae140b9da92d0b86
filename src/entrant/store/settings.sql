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
