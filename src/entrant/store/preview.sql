-- What role changes would do, without doing them: groups in :to_admin, :to_member and :to_none would give that role.

-- name: affected
-- members of the changed groups whose role would be another, after an id
SELECT m.id, m.doc, m.role, m.would_be FROM (
    SELECT m.id, m.doc, m.role, CASE WHEN m.active = 1 THEN COALESCE(
        (SELECT MIN(CASE WHEN g.id IN :to_admin THEN 'admin' WHEN g.id IN :to_member THEN 'member'
                         WHEN g.id IN :to_none THEN NULL ELSE g.role END)
         FROM membership s JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
         WHERE s.workspace = m.workspace AND s.member_id = m.id),
        m.hand_role, CAST(:default_role AS TEXT)) END AS would_be
    FROM member m
    WHERE m.workspace = :workspace AND m.id IN (
        SELECT member_id FROM membership WHERE workspace = :workspace AND group_id IN :changed
    )
) m WHERE COALESCE(m.role, '') <> COALESCE(m.would_be, '') ORDER BY m.id LIMIT :most;

-- name: affected_anywhere
-- members of the workspace whose role would be another, after an id
SELECT m.id, m.doc, m.role, m.would_be FROM (
    SELECT m.id, m.doc, m.role, CASE WHEN m.active = 1 THEN COALESCE(
        (SELECT MIN(CASE WHEN g.id IN :to_admin THEN 'admin' WHEN g.id IN :to_member THEN 'member'
                         WHEN g.id IN :to_none THEN NULL ELSE g.role END)
         FROM membership s JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
         WHERE s.workspace = m.workspace AND s.member_id = m.id),
        m.hand_role, CAST(:default_role AS TEXT)) END AS would_be
    FROM member m WHERE m.workspace = :workspace
) m WHERE COALESCE(m.role, '') <> COALESCE(m.would_be, '') ORDER BY m.id LIMIT :most;

-- name: conflict
-- a member of the changed groups who would be in role groups of two roles
SELECT m.doc FROM member m
WHERE m.workspace = :workspace AND m.id IN (
    SELECT member_id FROM membership WHERE workspace = :workspace AND group_id IN :changed
) AND 1 < (
    SELECT COUNT(DISTINCT CASE WHEN g.id IN :to_admin THEN 'admin' WHEN g.id IN :to_member THEN 'member'
                               WHEN g.id IN :to_none THEN NULL ELSE g.role END)
    FROM membership s JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
    WHERE s.workspace = m.workspace AND s.member_id = m.id
) ORDER BY m.id LIMIT 1;

-- name: stays_admin
-- a row if an admin of now would still be one
SELECT m.id FROM member m
WHERE m.workspace = :workspace AND m.role = 'admin' AND 'admin' = COALESCE(
    (SELECT MIN(CASE WHEN g.id IN :to_admin THEN 'admin' WHEN g.id IN :to_member THEN 'member'
                     WHEN g.id IN :to_none THEN NULL ELSE g.role END)
     FROM membership s JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
     WHERE s.workspace = m.workspace AND s.member_id = m.id),
    m.hand_role, CAST(:default_role AS TEXT)) LIMIT 1;
