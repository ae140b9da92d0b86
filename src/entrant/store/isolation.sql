-- name: bypasses
-- whether row-level security does not bind the role of this connection
SELECT rolsuper OR rolbypassrls AS bypasses FROM pg_roles WHERE rolname = current_user;
