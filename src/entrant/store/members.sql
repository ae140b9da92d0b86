-- name: insert
-- nothing
INSERT INTO member (workspace, id, source, active, reinvited, hand_role, role, user_name_key, external_id,
                    display_key, revision, created, modified, doc, folded, protected, deactivated_by,
                    access_since, admin_since)
VALUES (:workspace, :id, :source, :active, :reinvited, :hand_role, :role, :user_name_key, :external_id,
        :display_key, :revision, :created, :modified, :doc, :folded, :protected, :deactivated_by,
        :access_since, :admin_since);

-- name: insert_values
-- nothing; the rows follow
INSERT INTO member_value (workspace, member, path, value_key, type_key);

-- name: update
-- nothing
UPDATE member
SET source = :source, active = :active, reinvited = :reinvited, hand_role = :hand_role, role = :role,
    user_name_key = :user_name_key, external_id = :external_id, display_key = :display_key,
    revision = :revision, modified = :modified, doc = :doc, folded = :folded,
    protected = :protected, deactivated_by = :deactivated_by
WHERE workspace = :workspace AND id = :id;

-- name: update_state
-- nothing
UPDATE member
SET active = :active, reinvited = :reinvited, hand_role = :hand_role, role = :role, protected = :protected,
    deactivated_by = :deactivated_by
WHERE workspace = :workspace AND id = :id;

-- name: protected
-- a protected member among these
SELECT doc FROM member WHERE workspace = :workspace AND protected = 1 AND id IN :ids LIMIT 1;

-- name: has_protected
-- a row if a member is protected
SELECT 1 AS found FROM member WHERE workspace = :workspace AND protected = 1 LIMIT 1;

-- name: end_protection
-- the ids of those who were protected
UPDATE member SET protected = 0 WHERE workspace = :workspace AND protected = 1 AND id IN :ids RETURNING id;

-- name: clear_values
-- nothing
DELETE FROM member_value WHERE workspace = :workspace AND member = :id;

-- name: forget_password
-- nothing
DELETE FROM account WHERE workspace = :workspace AND member = :id;

-- name: forget_identities
-- nothing
DELETE FROM identity WHERE workspace = :workspace AND member = :id;

-- name: delete
-- nothing
DELETE FROM member WHERE workspace = :workspace AND id = :id;

-- name: find
-- the member with that id
SELECT * FROM member WHERE workspace = :workspace AND id = :id;

-- name: find_by_user_name
-- the member with that userName
SELECT * FROM member WHERE workspace = :workspace AND user_name_key = :user_name_key;

-- name: find_claimed
-- the member with that userName, those invited by hand with one of these e-mail addresses, and two with that externalId
SELECT * FROM member WHERE workspace = :workspace AND user_name_key = :user_name_key
UNION ALL
SELECT * FROM member
WHERE workspace = :workspace AND source = 'local' AND user_name_key <> :user_name_key AND id IN (
    SELECT member FROM member_value WHERE workspace = :workspace AND path = 'emails.value' AND value_key IN :addresses
)
UNION ALL
SELECT * FROM (
    SELECT * FROM member
    WHERE workspace = :workspace AND external_id = CAST(:external_id AS TEXT) AND user_name_key <> :user_name_key
    LIMIT 2
) AS earlier;

-- name: page
-- members with access after an id
SELECT * FROM member WHERE workspace = :workspace AND active = 1 AND id > :after ORDER BY id LIMIT :most;

-- name: page_all
-- members after an id, those without access too
SELECT * FROM member WHERE workspace = :workspace AND id > :after ORDER BY id LIMIT :most;
