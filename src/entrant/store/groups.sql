-- name: insert
-- nothing
INSERT INTO groups (workspace, id, role, display_key, external_id, member_count, revision, created, modified, doc, folded)
VALUES (:workspace, :id, :role, :display_key, :external_id, 0, :revision, :created, :modified, :doc, :folded);

-- name: update
-- nothing
UPDATE groups
SET role = :role, display_key = :display_key, external_id = :external_id, revision = :revision,
    modified = :modified, doc = :doc, folded = :folded
WHERE workspace = :workspace AND id = :id;

-- name: set_role
-- nothing
UPDATE groups SET role = :role WHERE workspace = :workspace AND id = :id;

-- name: touch
-- nothing
UPDATE groups SET revision = :revision, modified = :modified, member_count = member_count + :delta
WHERE workspace = :workspace AND id = :id;

-- name: delete
-- nothing
DELETE FROM groups WHERE workspace = :workspace AND id = :id;

-- name: find
-- the group with that id
SELECT * FROM groups WHERE workspace = :workspace AND id = :id;

-- name: find_by_display_name
-- the group with that displayName
SELECT * FROM groups WHERE workspace = :workspace AND display_key = :display_key;

-- name: page
-- groups after an id
SELECT * FROM groups WHERE workspace = :workspace AND id > :after ORDER BY id LIMIT :most;
