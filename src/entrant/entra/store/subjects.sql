-- name: entitled
-- the roles of users and groups, by their own assignments and, of users, those of groups they are directly in
SELECT a.principal AS id, a.app_role
FROM assignment a JOIN object o ON o.id = a.principal
WHERE a.service_principal = :service_principal AND a.principal IN :ids AND (o.kind = 'User' OR o.security = 1)
UNION
SELECT m.member_id, a.app_role
FROM membership m
JOIN assignment a ON a.principal = m.group_id AND a.service_principal = :service_principal
JOIN object g ON g.id = m.group_id AND g.security = 1
WHERE m.member_id IN :ids AND m.kind = 'User';

-- name: candidates
-- objects after a number, and whether an initial cycle looks at them
SELECT c.id, c.number, CASE
    WHEN EXISTS (SELECT 1 FROM link l WHERE l.job = :job AND l.object_id = c.id) THEN 1
    WHEN c.state > 0 THEN 0
    WHEN CAST(:everyone AS INTEGER) = 1 THEN 1
    WHEN EXISTS (SELECT 1 FROM assignment a WHERE a.service_principal = :service_principal AND a.principal = c.id) THEN 1
    WHEN EXISTS (
        SELECT 1 FROM membership m
        JOIN assignment a ON a.principal = m.group_id AND a.service_principal = :service_principal
        WHERE m.member_id = c.id AND m.kind = 'User'
    ) THEN 1
    ELSE 0 END AS wanted
FROM (
    SELECT id, number, state FROM object WHERE kind = :kind AND number > :after ORDER BY number LIMIT :most
) c
ORDER BY c.number;
