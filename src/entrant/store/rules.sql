-- name: list_rules
-- the rules of a workspace in order; none if it has the default ones
SELECT kind, pattern, role FROM role_rule WHERE workspace = :workspace ORDER BY position;

-- name: clear
-- nothing
DELETE FROM role_rule WHERE workspace = :workspace;

-- name: insert
-- nothing
INSERT INTO role_rule (workspace, position, kind, pattern, role)
VALUES (:workspace, :position, :kind, :pattern, :role);
