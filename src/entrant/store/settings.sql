-- name: find
-- the value of a setting
SELECT value FROM setting WHERE name = :name;

-- name: insert
-- nothing
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;
