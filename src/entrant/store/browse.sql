-- Pages of lists for people: newest first, by key. :before sorts after every id for the first page.

-- name: members
-- members of any state
SELECT * FROM member
WHERE workspace = :workspace AND id < :before AND (:source = '' OR source = :source)
ORDER BY id DESC LIMIT :most;

-- name: members_by_role
-- members with a role
SELECT * FROM member
WHERE workspace = :workspace AND role = :role AND id < :before AND (:source = '' OR source = :source)
ORDER BY id DESC LIMIT :most;

-- name: members_inactive
-- members without access
SELECT * FROM member
WHERE workspace = :workspace AND role IS NULL AND id < :before AND (:source = '' OR source = :source)
ORDER BY id DESC LIMIT :most;

-- name: members_by_source
-- members from a source; by the state of their role: a role, `none`, `any` (active), or empty for all
SELECT * FROM member
WHERE workspace = :workspace AND source = :source AND id < :before
  AND (:state = '' OR COALESCE(role, 'none') = :state OR (:state = 'any' AND active = 1))
ORDER BY id DESC LIMIT :most;

-- name: search_user_name
-- members whose userName begins so
SELECT * FROM member
WHERE workspace = :workspace AND user_name_key >= :from_key AND user_name_key < :to_key
  AND (:source = '' OR source = :source)
  AND (:state = '' OR COALESCE(role, 'none') = :state OR (:state = 'any' AND active = 1))
ORDER BY user_name_key LIMIT :most;

-- name: search_display
-- members whose displayName begins so
SELECT * FROM member
WHERE workspace = :workspace AND display_key >= :from_key AND display_key < :to_key
  AND (:source = '' OR source = :source)
  AND (:state = '' OR COALESCE(role, 'none') = :state OR (:state = 'any' AND active = 1))
ORDER BY display_key, id LIMIT :most;

-- name: search_email
-- members with an e-mail address that begins so
SELECT m.* FROM member_value v
JOIN member m ON m.workspace = v.workspace AND m.id = v.member
WHERE v.workspace = :workspace AND v.path = 'emails.value' AND v.value_key >= :from_key AND v.value_key < :to_key
  AND (:source = '' OR m.source = :source)
  AND (:state = '' OR COALESCE(m.role, 'none') = :state OR (:state = 'any' AND m.active = 1))
ORDER BY v.value_key, v.member LIMIT :most;

-- name: search_groups
-- groups whose displayName begins so
SELECT * FROM groups
WHERE workspace = :workspace AND display_key >= :from_key AND display_key < :to_key
ORDER BY display_key LIMIT :most;

-- name: groups
-- groups
SELECT * FROM groups WHERE workspace = :workspace AND id < :before ORDER BY id DESC LIMIT :most;

-- name: role_groups
-- groups that give a role
SELECT * FROM groups WHERE workspace = :workspace AND role IN ('admin', 'member') AND id < :before
ORDER BY id DESC LIMIT :most;

-- name: members_named
-- the members with these ids
SELECT * FROM member WHERE workspace = :workspace AND id IN :ids ORDER BY id;

-- name: groups_named
-- the groups with these ids
SELECT * FROM groups WHERE workspace = :workspace AND id IN :ids ORDER BY id;

-- name: groups_of
-- the groups that a member is directly in
SELECT g.* FROM membership s
JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
WHERE s.workspace = :workspace AND s.member_id = :member_id
ORDER BY s.group_id LIMIT :most;

-- name: count_role
-- how many members have a role, counted up to a bound
SELECT COUNT(*) AS found FROM (
    SELECT 1 AS one FROM member WHERE workspace = :workspace AND role = :role LIMIT :most
) counted;

-- name: count_inactive
-- how many members have no access, counted up to a bound
SELECT COUNT(*) AS found FROM (
    SELECT 1 AS one FROM member WHERE workspace = :workspace AND role IS NULL LIMIT :most
) counted;

-- name: count_source
-- how many members are from a source, counted up to a bound
SELECT COUNT(*) AS found FROM (
    SELECT 1 AS one FROM member WHERE workspace = :workspace AND source = :source LIMIT :most
) counted;

-- name: log_window
-- the last id of the entries that a page of a filtered log may look at
SELECT MIN(id) AS last, COUNT(*) AS found FROM (
    SELECT id FROM log WHERE workspace = :workspace AND id < :before AND id >= :start ORDER BY id DESC LIMIT :window_size
) looked;

-- name: log_page
-- entries between two ids that satisfy the filters, newest first
SELECT * FROM log
WHERE workspace = :workspace AND id < :before AND id >= :last
  AND (:outcome = '' OR outcome = :outcome)
  AND (:resource_type = '' OR resource_type = :resource_type)
  AND (:method = '' OR substr(operation, 1, length(:method)) = :method)
ORDER BY id DESC LIMIT :most;

-- name: log_of_resource
-- entries about one user or group, newest first
SELECT * FROM log
WHERE workspace = :workspace AND resource_id = :resource_id AND id < :before
ORDER BY id DESC LIMIT :most;

-- name: log_entry
-- one entry
SELECT * FROM log WHERE workspace = :workspace AND id = :id;
