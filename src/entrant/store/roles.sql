-- name: has_admin
-- a row if the workspace has an active admin
SELECT 1 AS found FROM member WHERE workspace = :workspace AND role = 'admin' LIMIT 1;

-- name: conflict
-- a user among these who is in a role group of another role, and that group
SELECT m.doc AS user_doc, g.doc AS group_doc, g.role FROM membership s
JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
JOIN member m ON m.workspace = s.workspace AND m.id = s.member_id
WHERE s.workspace = :workspace AND s.member_id IN :ids AND s.group_id <> :group_id AND g.role <> :role
ORDER BY s.member_id, g.id LIMIT 1;

-- name: conflict_in_group
-- a user of the group who is in a role group of another role, and that group
SELECT m.doc AS user_doc, g.doc AS group_doc, g.role FROM membership mine
JOIN membership s ON s.workspace = mine.workspace AND s.member_id = mine.member_id
JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
JOIN member m ON m.workspace = s.workspace AND m.id = s.member_id
WHERE mine.workspace = :workspace AND mine.group_id = :group_id AND s.group_id <> :group_id AND g.role <> :role
LIMIT 1;

-- name: would_be_admin
-- a row if an admin role group holds the member
SELECT 1 AS found FROM membership s
JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
WHERE s.workspace = :workspace AND s.member_id = :id AND g.role = 'admin' LIMIT 1;

-- name: differing
-- those of these members whose role is not what it must be
SELECT * FROM effective_role
WHERE workspace = :workspace AND id IN :ids AND COALESCE(role, '') <> COALESCE(effective, '');

-- name: differing_in_group
-- the direct members of a group whose role is not what it must be
SELECT * FROM effective_role
WHERE workspace = :workspace AND COALESCE(role, '') <> COALESCE(effective, '') AND id IN (
    SELECT member_id FROM membership WHERE workspace = :workspace AND group_id = :group_id
);

-- name: differing_anywhere
-- the members of a workspace whose role is not what it must be
SELECT * FROM effective_role
WHERE workspace = :workspace AND COALESCE(role, '') <> COALESCE(effective, '');

-- name: assign
-- nothing
UPDATE member SET
    role = CAST(:role AS TEXT),
    access_since = CASE WHEN role IS NULL THEN CAST(:now AS TEXT) ELSE access_since END,
    admin_since = CASE WHEN CAST(:role AS TEXT) = 'admin' THEN CAST(:now AS TEXT) END
WHERE workspace = :workspace AND id IN :ids;
