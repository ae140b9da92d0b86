-- name: save
-- nothing
INSERT INTO link (job, object_id, kind, target_id, managed, active, manager, exported)
VALUES (:job, :object_id, :kind, :target_id, :managed, :active, :manager, :exported)
ON CONFLICT (job, object_id) DO UPDATE SET
    target_id = excluded.target_id, managed = excluded.managed, active = excluded.active,
    manager = excluded.manager, exported = excluded.exported;

-- name: remove
-- the kind of the object, if it was linked
DELETE FROM link WHERE job = :job AND object_id = :object_id RETURNING kind;

-- name: find
-- the link of one object
SELECT * FROM link WHERE job = :job AND object_id = :object_id;

-- name: find_target
-- the link to an object of the target
SELECT * FROM link WHERE job = :job AND kind IN ('Group', 'User') AND target_id = :target_id ORDER BY kind DESC LIMIT 1;

-- name: find_many
-- the links of objects
SELECT * FROM link WHERE job = :job AND object_id IN :ids;

-- name: find_either
-- the link of an object, and that of whoever is linked to a target
SELECT object_id, target_id FROM link WHERE job = :job AND object_id = :object_id
UNION ALL
SELECT object_id, target_id FROM link WHERE job = :job AND kind = :kind AND target_id = :target_id
    AND object_id <> :object_id;

-- name: linked_to
-- whose link that target is
SELECT object_id FROM link WHERE job = :job AND kind = :kind AND target_id = :target_id;

-- name: count
-- nothing; there is one link more, or one less
INSERT INTO link_count (job, kind, links, most) VALUES (:job, :kind, :more, :more)
ON CONFLICT (job, kind) DO UPDATE SET
    links = link_count.links + excluded.links,
    most = CASE WHEN link_count.links + excluded.links > link_count.most
                THEN link_count.links + excluded.links ELSE link_count.most END;

-- name: counts
-- how many links to each kind of object there have been
SELECT kind, most FROM link_count WHERE job = :job;

-- name: page
-- links after an object id
SELECT * FROM link WHERE job = :job AND object_id > :after ORDER BY object_id LIMIT :most;

-- name: to_add
-- linked direct members that the target was not told of
SELECT m.member_id, l.target_id FROM membership m
JOIN link l ON l.job = :job AND l.object_id = m.member_id
LEFT JOIN exported_member e
    ON e.job = :job AND e.group_id = m.group_id AND e.member_id = m.member_id AND e.target_id = l.target_id
WHERE m.group_id = :group_id AND e.member_id IS NULL
ORDER BY m.member_id;

-- name: to_add_chosen
-- the same, among some
SELECT m.member_id, l.target_id FROM membership m
JOIN link l ON l.job = :job AND l.object_id = m.member_id
LEFT JOIN exported_member e
    ON e.job = :job AND e.group_id = m.group_id AND e.member_id = m.member_id AND e.target_id = l.target_id
WHERE m.group_id = :group_id AND m.member_id IN :chosen AND e.member_id IS NULL
ORDER BY m.member_id;

-- name: to_remove
-- members that the target was told of and that are none any more
SELECT e.member_id, e.target_id FROM exported_member e
LEFT JOIN membership m ON m.group_id = e.group_id AND m.member_id = e.member_id
WHERE e.job = :job AND e.group_id = :group_id AND m.member_id IS NULL
ORDER BY e.member_id;

-- name: unresolved
-- direct members without a link
SELECT m.member_id FROM membership m
LEFT JOIN link l ON l.job = :job AND l.object_id = m.member_id
WHERE m.group_id = :group_id AND l.object_id IS NULL
ORDER BY m.member_id;

-- name: unresolved_chosen
-- the same, among some
SELECT m.member_id FROM membership m
LEFT JOIN link l ON l.job = :job AND l.object_id = m.member_id
WHERE m.group_id = :group_id AND m.member_id IN :chosen AND l.object_id IS NULL
ORDER BY m.member_id;

-- name: export_member
-- nothing
INSERT INTO exported_member (job, group_id, member_id, target_id) VALUES (:job, :group_id, :member_id, :target_id)
ON CONFLICT (job, group_id, member_id) DO UPDATE SET target_id = excluded.target_id;

-- name: forget_members
-- nothing
DELETE FROM exported_member WHERE job = :job AND group_id = :group_id AND member_id IN :ids;

-- name: forget_elsewhere
-- nothing; an object that has no target any more, or another one, is in no group there
DELETE FROM exported_member WHERE job = :job AND member_id = :object_id AND target_id <> :target_id;

-- name: forget_group
-- nothing
DELETE FROM exported_member WHERE job = :job AND group_id = :object_id;

-- name: clear_members
-- nothing
DELETE FROM exported_member WHERE job = :job;

-- name: clear_counts
-- nothing
DELETE FROM link_count WHERE job = :job;

-- name: clear
-- nothing
DELETE FROM link WHERE job = :job;
