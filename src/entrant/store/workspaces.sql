-- name: insert
-- nothing; fails if the slug is taken
INSERT INTO workspace (id, slug, name, default_role, reactivation, adoption, created)
VALUES (:id, :slug, :name, :default_role, :reactivation, :adoption, :created)
ON CONFLICT (slug) DO NOTHING;

-- name: find
-- the workspace with that slug
SELECT * FROM workspace WHERE slug = :slug;

-- name: list_all
-- every workspace, by slug
SELECT * FROM workspace ORDER BY slug;

-- name: update_settings
-- nothing
UPDATE workspace
SET name = :name, default_role = :default_role, reactivation = :reactivation, adoption = :adoption,
    schemas_version = :schemas_version
WHERE id = :id;

-- name: lock
-- the workspace, which these writes now have to themselves, with the revision of the last of them
UPDATE workspace SET revision = revision + :writes WHERE id = :id RETURNING *;

-- name: count
-- nothing; adds to the counters
UPDATE workspace SET user_count = user_count + :users, group_count = group_count + :groups WHERE id = :id;
