-- What lists of the Graph API look for. `object.state` is 0 in the directory, 1 in the recycle bin, 2 once purged.

-- name: count
-- the number of users or groups in one state
SELECT COUNT(*) AS objects FROM object WHERE kind = :kind AND state = :state;

-- name: by_id
-- objects of one kind and state with these ids, behind a number
SELECT * FROM object WHERE kind = :kind AND state = :state AND number > :after AND id IN :keys
ORDER BY number LIMIT :most;

-- name: by_upn
-- those with these user principal names
SELECT * FROM object WHERE kind = :kind AND state = :state AND number > :after AND upn_key IN :keys
ORDER BY number LIMIT :most;

-- name: by_name
-- those with these display names
SELECT * FROM object WHERE kind = :kind AND state = :state AND number > :after AND name_key IN :keys
ORDER BY number LIMIT :most;

-- name: by_mail
-- those with these mail addresses
SELECT * FROM object WHERE kind = :kind AND state = :state AND number > :after AND mail_key IN :keys
ORDER BY number LIMIT :most;

-- name: by_nickname
-- those with these mail nicknames
SELECT * FROM object WHERE kind = :kind AND state = :state AND number > :after AND nickname_key IN :keys
ORDER BY number LIMIT :most;

-- name: all_members
-- the members of a group and of the groups in it, at any depth, behind an id
WITH RECURSIVE inside (id) AS (
    SELECT member_id FROM membership WHERE group_id = :id
    UNION
    SELECT m.member_id FROM membership m JOIN inside i ON i.id = m.group_id
)
SELECT o.* FROM inside i JOIN object o ON o.id = i.id
WHERE o.state = 0 AND o.id > :after
ORDER BY o.id
LIMIT :most;

-- name: all_groups_of
-- the groups that an object is in, directly or by way of others, behind an id
WITH RECURSIVE around (id) AS (
    SELECT group_id FROM membership WHERE member_id = :id
    UNION
    SELECT m.group_id FROM membership m JOIN around a ON a.id = m.member_id
)
SELECT o.* FROM around a JOIN object o ON o.id = a.id
WHERE o.state = 0 AND o.id > :after
ORDER BY o.id
LIMIT :most;

-- name: moved_members
-- who entered or left a group after a sequence number, behind an id, and whether they are in it now
SELECT c.member_id AS id, o.kind, CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END AS present
FROM member_change c JOIN object o ON o.id = c.member_id
LEFT JOIN membership m ON m.group_id = c.group_id AND m.member_id = c.member_id
WHERE c.group_id = :group_id AND c.sequence > :since AND c.member_id > :after
ORDER BY c.member_id
LIMIT :most;
