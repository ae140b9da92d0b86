-- name: insert
-- the id, unless the UPN or the id is taken
INSERT INTO object (id, kind, number, created, upn_key, name_key, mail_key, nickname_key, security, manager, doc)
VALUES (:id, :kind, :number, :created, :upn_key, :name_key, :mail_key, :nickname_key, :security, :manager, :doc)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: update
-- nothing
UPDATE object
SET state = :state, deleted = :deleted, upn_key = :upn_key, name_key = :name_key, mail_key = :mail_key,
    nickname_key = :nickname_key, security = :security, manager = :manager, doc = :doc
WHERE id = :id;

-- name: purge
-- nothing
UPDATE object
SET state = 2, upn_key = NULL, name_key = NULL, mail_key = NULL, nickname_key = NULL, manager = NULL, doc = '{}'
WHERE id = :id;

-- name: find
-- one object, purged or not
SELECT * FROM object WHERE id = :id;

-- name: find_many
-- objects in the order of creation, purged or not
SELECT * FROM object WHERE id IN :ids ORDER BY number;

-- name: by_upn
-- the user with that UPN, in the directory or the recycle bin
SELECT * FROM object WHERE upn_key = :key;

-- name: by_name
-- objects of the directory with that display name
SELECT * FROM object WHERE kind = :kind AND state = :state AND name_key = :key ORDER BY id LIMIT 10;

-- name: by_mail
-- objects with that mail address; the plus keeps SQLite from an index on the state
SELECT * FROM object WHERE kind = :kind AND mail_key = :key AND +state = :state ORDER BY id LIMIT 1000;

-- name: by_nickname
-- objects with that mail nickname; the plus keeps SQLite from an index on the state
SELECT * FROM object WHERE kind = :kind AND nickname_key = :key AND +state = :state ORDER BY id LIMIT 1000;

-- name: page
-- objects after a name and id, in the order of names
SELECT * FROM object WHERE kind = :kind AND state = :state AND (name_key, id) > (:name_key, :id)
ORDER BY name_key, id LIMIT :most;

-- name: search
-- the same up to another object, of those that have the text in their display name, UPN, mail address or mail nickname
SELECT * FROM object WHERE kind = :kind AND state = :state AND (name_key, id) > (:name_key, :id)
    AND (name_key, id) <= (:last_name, :last_id)
    AND (name_key LIKE :pattern ESCAPE '\' OR upn_key LIKE :pattern ESCAPE '\' OR mail_key LIKE :pattern ESCAPE '\'
         OR nickname_key LIKE :pattern ESCAPE '\')
ORDER BY name_key, id LIMIT :most;

-- name: walk
-- objects after a number, in the order of creation; the plus keeps SQLite from an index on the state
SELECT * FROM object WHERE kind = :kind AND number > :after AND +state = :state ORDER BY number LIMIT :most;

-- name: expired
-- what has been in the recycle bin too long
SELECT id FROM object WHERE state = 1 AND deleted <= :before ORDER BY deleted LIMIT :most;

-- name: clear_reports
-- the users who had that manager
UPDATE object SET manager = NULL WHERE manager = :id RETURNING id;

-- name: reports
-- users whose manager that is, after an id; the plus as above
SELECT * FROM object WHERE manager = :id AND +state = 0 AND id > :after ORDER BY id LIMIT :most;

-- name: counts
-- how many objects of each kind are in the directory
SELECT kind, COUNT(*) AS objects FROM object WHERE state = 0 GROUP BY kind;
