-- name: insert
-- nothing
INSERT INTO service_principal (id, app_id, application_id, number, name_key, display_name, roles, template_id, created)
VALUES (:id, :app_id, :application_id, :number, :name_key, :display_name, :roles, :template_id, :created);

-- name: update
-- nothing
UPDATE service_principal SET name_key = :name_key, display_name = :display_name, roles = :roles WHERE id = :id;

-- name: delete
-- nothing
DELETE FROM service_principal WHERE id = :id;

-- name: delete_assignments
-- nothing
DELETE FROM assignment WHERE service_principal = :id;

-- name: delete_changes
-- nothing
DELETE FROM change WHERE scope = :id;

-- name: find
-- by id
SELECT * FROM service_principal WHERE id = :id;

-- name: find_by_app
-- by the id of the application
SELECT * FROM service_principal WHERE app_id = :id;

-- name: find_by_application
-- by the object id of the application's registration
SELECT * FROM service_principal WHERE application_id = :id;

-- name: named
-- by display name
SELECT * FROM service_principal WHERE name_key = :key ORDER BY number LIMIT 10;

-- name: page
-- those after a number, in the order of creation
SELECT * FROM service_principal WHERE number > :after ORDER BY number LIMIT :most;

-- name: assign
-- the id, unless there is such an assignment
INSERT INTO assignment (id, service_principal, principal, principal_kind, app_role, created)
VALUES (:id, :service_principal, :principal, :principal_kind, :app_role, :created)
ON CONFLICT (service_principal, principal, app_role) DO NOTHING
RETURNING id;

-- name: find_assignment
-- by id
SELECT a.*, o.doc FROM assignment a JOIN object o ON o.id = a.principal WHERE a.id = :id;

-- name: between
-- the assignments of one principal to one application
SELECT a.*, o.doc FROM assignment a JOIN object o ON o.id = a.principal
WHERE a.principal = :principal AND a.service_principal = :service_principal ORDER BY a.app_role;

-- name: assigned_to
-- the assignments to an application after one, whose principal and role these are
SELECT a.*, o.doc FROM assignment a JOIN object o ON o.id = a.principal
WHERE a.service_principal = :service_principal AND (a.principal, a.app_role) > (:principal, :app_role)
ORDER BY a.principal, a.app_role LIMIT :most;

-- name: assignments_of
-- the assignments of a principal
SELECT a.*, o.doc FROM assignment a JOIN object o ON o.id = a.principal
WHERE a.principal = :principal ORDER BY a.service_principal, a.app_role LIMIT :most;

-- name: unassign
-- nothing
DELETE FROM assignment WHERE id = :id;

-- name: unassign_all
-- nothing
DELETE FROM assignment WHERE principal = :principal;
