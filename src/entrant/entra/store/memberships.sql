-- name: add
-- the ids that were no members before; the plus keeps SQLite from an index on the state
INSERT INTO membership (group_id, member_id, kind)
SELECT CAST(:group_id AS TEXT), id, kind FROM object WHERE id IN :ids AND +state = 0
ON CONFLICT (group_id, member_id) DO NOTHING
RETURNING member_id;

-- name: remove
-- the ids that were members before
DELETE FROM membership WHERE group_id = :group_id AND member_id IN :ids RETURNING member_id;

-- name: members
-- direct members after an id
SELECT o.* FROM membership m JOIN object o ON o.id = m.member_id
WHERE m.group_id = :group_id AND m.member_id > :after ORDER BY m.member_id LIMIT :most;

-- name: groups_of
-- the groups that an object is directly in, after an id
SELECT o.* FROM membership m JOIN object o ON o.id = m.group_id
WHERE m.member_id = :id AND m.group_id > :after ORDER BY m.group_id LIMIT :most;

-- name: count
-- how many direct members a group has
SELECT COUNT(*) AS members FROM membership WHERE group_id = :group_id;

-- name: is_member
-- a row if that is a direct member
SELECT 1 AS found FROM membership WHERE group_id = :group_id AND member_id = :id;

-- name: reaches
-- a row if the first group is the second, or in it directly or by way of others
WITH RECURSIVE above (id) AS (
    SELECT id FROM object WHERE id = :outer
    UNION
    SELECT m.group_id FROM membership m JOIN above a ON a.id = m.member_id
)
SELECT 1 AS found FROM above WHERE id = :inner;

-- name: leave
-- the groups that an object was in
DELETE FROM membership WHERE member_id = :id RETURNING group_id;

-- name: empty
-- nothing
DELETE FROM membership WHERE group_id = :id;
