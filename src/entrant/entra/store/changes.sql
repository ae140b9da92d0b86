-- name: mark
-- nothing
INSERT INTO change (scope, object_id, sequence)
SELECT CAST(:scope AS TEXT), id, CAST(:sequence AS BIGINT) FROM object WHERE id IN :ids
ON CONFLICT (scope, object_id) DO UPDATE SET sequence = excluded.sequence;

-- name: mark_members
-- nothing; users among these whose entitlement a membership of the group decides, for each application it is assigned to; the
-- empty text keeps SQLite 3.46 from reading all users by an index on the kind
INSERT INTO change (scope, object_id, sequence)
SELECT DISTINCT a.service_principal, o.id, CAST(:sequence AS BIGINT)
FROM assignment a JOIN object o ON o.id IN :ids AND o.kind || '' = 'User'
WHERE a.principal = :group_id
ON CONFLICT (scope, object_id) DO UPDATE SET sequence = excluded.sequence;

-- name: mark_moves
-- nothing; who entered or left which group
INSERT INTO member_change (group_id, member_id, sequence)
SELECT g.id, m.id, CAST(:sequence AS BIGINT) FROM object g JOIN object m ON m.id IN :ids
WHERE g.id IN :groups
ON CONFLICT (group_id, member_id) DO UPDATE SET sequence = excluded.sequence;

-- name: mark_entitled
-- nothing; all users whom an assignment of the group to the application entitles
INSERT INTO change (scope, object_id, sequence)
SELECT CAST(:scope AS TEXT), member_id, CAST(:sequence AS BIGINT) FROM membership
WHERE group_id = :group_id AND kind = 'User'
ON CONFLICT (scope, object_id) DO UPDATE SET sequence = excluded.sequence;

-- name: mark_all_entitled
-- nothing; the same for every application that the group is assigned to
INSERT INTO change (scope, object_id, sequence)
SELECT DISTINCT a.service_principal, m.member_id, CAST(:sequence AS BIGINT)
FROM assignment a JOIN membership m ON m.group_id = a.principal AND m.kind = 'User'
WHERE a.principal = :group_id
ON CONFLICT (scope, object_id) DO UPDATE SET sequence = excluded.sequence;

-- name: position
-- the sequence number of the last change in the directory or one application's entitlements
SELECT MAX(sequence) AS sequence FROM (
    SELECT MAX(sequence) AS sequence FROM change WHERE scope = ''
    UNION ALL
    SELECT MAX(sequence) AS sequence FROM change WHERE scope = :scope
) last_of;

-- name: following
-- changes of one scope after a sequence number and id, with what they changed
SELECT c.sequence, o.* FROM change c JOIN object o ON o.id = c.object_id
WHERE c.scope = :scope AND (c.sequence, c.object_id) > (:sequence, :id) AND o.kind = :kind
ORDER BY c.sequence, c.object_id LIMIT :most;

-- name: following_ids
-- the same, ids and numbers only
SELECT c.sequence, o.id, o.number FROM change c JOIN object o ON o.id = c.object_id
WHERE c.scope = :scope AND (c.sequence, c.object_id) > (:sequence, :id) AND o.kind = :kind
ORDER BY c.sequence, c.object_id LIMIT :most;
