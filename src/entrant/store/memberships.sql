-- name: add
-- the ids that were not members before
INSERT INTO membership (workspace, group_id, member_id, kind, since)
SELECT workspace, CAST(:group_id AS TEXT), id, 'User', CAST(:now AS TEXT) FROM member
WHERE workspace = :workspace AND id IN :ids AND source = 'provisioned'
UNION ALL
SELECT workspace, CAST(:group_id AS TEXT), id, 'Group', CAST(:now AS TEXT) FROM groups
WHERE workspace = :workspace AND id IN :ids
ON CONFLICT (workspace, group_id, member_id) DO NOTHING
RETURNING member_id;

-- name: remove
-- those who were members before, and since when
DELETE FROM membership
WHERE workspace = :workspace AND group_id = :group_id AND member_id IN :ids
RETURNING member_id, since;

-- name: clear
-- all members but those to keep, and since when they were
DELETE FROM membership
WHERE workspace = :workspace AND group_id = :group_id AND NOT (member_id IN :keep)
RETURNING member_id, since;

-- name: known
-- which of these ids can be members, and what they are
SELECT id, 'User' AS kind FROM member WHERE workspace = :workspace AND id IN :ids AND source = 'provisioned'
UNION ALL
SELECT id, 'Group' AS kind FROM groups WHERE workspace = :workspace AND id IN :ids;

-- name: chosen
-- members of a group; a condition on `s` follows
SELECT s.member_id FROM membership s WHERE s.workspace = :workspace AND s.group_id = :group_id AND

-- name: eligible
-- of these ids, the ones that can be members; a condition on `s` follows
SELECT s.member_id FROM (
    SELECT workspace, id AS member_id, 'User' AS kind FROM member
    WHERE workspace = :workspace AND id IN :ids AND source = 'provisioned'
    UNION ALL
    SELECT workspace, id AS member_id, 'Group' AS kind FROM groups WHERE workspace = :workspace AND id IN :ids
) s WHERE

-- name: members
-- members of a group after an id
SELECT member_id, kind FROM membership
WHERE workspace = :workspace AND group_id = :group_id AND member_id > :after
ORDER BY member_id LIMIT :most;

-- name: groups_of
-- the groups that these are directly in
SELECT s.member_id, g.id, g.doc FROM membership s
JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
WHERE s.workspace = :workspace AND s.member_id IN :ids
ORDER BY s.member_id, g.id;

-- name: touch_groups
-- nothing; the groups that hold a member have one less, and a new version
UPDATE groups SET member_count = member_count - 1, revision = :revision, modified = :now
WHERE workspace = :workspace AND id IN (
    SELECT group_id FROM membership WHERE workspace = :workspace AND member_id = :member_id
);

-- name: forget
-- nothing; takes a member out of every group
DELETE FROM membership WHERE workspace = :workspace AND member_id = :member_id;

-- name: drop
-- the members of a group that goes away, and since when they were
DELETE FROM membership WHERE workspace = :workspace AND group_id = :group_id RETURNING member_id, since;
