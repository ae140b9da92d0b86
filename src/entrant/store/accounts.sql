-- name: find_password
-- the hash of a member's password
SELECT password FROM account WHERE workspace = :workspace AND member = :member;

-- name: set_password
-- nothing
INSERT INTO account (workspace, member, password, changed) VALUES (:workspace, :member, :password, :now)
ON CONFLICT (workspace, member) DO UPDATE SET password = excluded.password, changed = excluded.changed;

-- name: insert_link
-- nothing
INSERT INTO setup_link (workspace, digest, member, expires) VALUES (:workspace, :digest, :member, :expires);

-- name: find_link
-- whose set-up link has that digest
SELECT member, expires FROM setup_link WHERE workspace = :workspace AND digest = :digest;

-- name: take_link
-- a row if the link was there: whoever gets it has used it
DELETE FROM setup_link WHERE workspace = :workspace AND digest = :digest RETURNING member;

-- name: end_links
-- nothing
DELETE FROM setup_link WHERE workspace = :workspace AND member IN :members;

-- name: find_by_email
-- members with a password and this e-mail address; two are one too many
SELECT m.* FROM member_value v
JOIN account a ON a.workspace = v.workspace AND a.member = v.member
JOIN member m ON m.workspace = v.workspace AND m.id = v.member
WHERE v.workspace = :workspace AND v.path = 'emails.value' AND v.value_key = :value_key
ORDER BY m.id LIMIT 2;

-- name: purge_links
-- nothing
DELETE FROM setup_link WHERE expires < :now;
