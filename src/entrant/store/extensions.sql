-- name: list_schemas
-- the extension schemas of a workspace as JSON, by URN
SELECT doc FROM extension_schema WHERE workspace = :workspace ORDER BY urn_key;

-- name: insert
-- nothing
INSERT INTO extension_schema (workspace, urn_key, doc) VALUES (:workspace, :urn_key, :doc)
ON CONFLICT (workspace, urn_key) DO UPDATE SET doc = excluded.doc;

-- name: remove
-- nothing
DELETE FROM extension_schema WHERE workspace = :workspace AND urn_key = :urn_key;
