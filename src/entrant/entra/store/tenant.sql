-- name: find
-- the tenant
SELECT * FROM tenant LIMIT 1;

-- name: create
-- nothing, if there is one already
INSERT INTO tenant (id, name, default_domain, verified_domains, created)
SELECT :id, :name, :default_domain, :verified_domains, :created
WHERE NOT EXISTS (SELECT 1 FROM tenant)
ON CONFLICT (id) DO NOTHING;

-- name: advance
-- the last of the sequence numbers taken; locks the directory until the transaction ends
UPDATE tenant SET sequence = sequence + :count RETURNING sequence;

-- name: set_domains
-- nothing
UPDATE tenant SET default_domain = :default_domain, verified_domains = :verified_domains;

-- name: setting
-- a setting
SELECT value FROM setting WHERE name = :name;

-- name: set_setting
-- nothing
INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
