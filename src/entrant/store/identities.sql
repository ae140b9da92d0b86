-- name: find
-- the identity with that issuer and subject, and its member
SELECT m.*, i.issuer, i.subject, i.way, i.email, i.created AS bound, i.last_used FROM identity i
JOIN member m ON m.workspace = i.workspace AND m.id = i.member
WHERE i.workspace = :workspace AND i.issuer = :issuer AND i.subject = :subject;

-- name: of_member
-- the identities of a member
SELECT issuer, subject, member, way, email, created, last_used FROM identity
WHERE workspace = :workspace AND member = :member ORDER BY issuer;

-- name: page
-- identities after a member's id, in the order of members
SELECT issuer, subject, member, way, email, created, last_used FROM identity
WHERE workspace = :workspace AND member > :after ORDER BY member, issuer LIMIT :most;

-- name: insert
-- nothing
INSERT INTO identity (workspace, issuer, subject, member, way, email, created, last_used)
VALUES (:workspace, :issuer, :subject, :member, :way, :email, :now, :now);

-- name: touch
-- nothing
UPDATE identity SET last_used = :now WHERE workspace = :workspace AND issuer = :issuer AND subject = :subject;

-- name: delete
-- a row if the identity was there
DELETE FROM identity WHERE workspace = :workspace AND member = :member AND issuer = :issuer AND subject = :subject
RETURNING subject;

-- name: delete_of_issuer
-- nothing
DELETE FROM identity WHERE workspace = :workspace AND member = :member AND issuer = :issuer;

-- name: by_address
-- active members whose userName or e-mail address is like this one, case ignored
SELECT m.* FROM member m
WHERE m.workspace = :workspace AND m.active = 1 AND m.id IN (
    SELECT id FROM member WHERE workspace = :workspace AND user_name_key = :key
    UNION
    SELECT member FROM member_value WHERE workspace = :workspace AND path = 'emails.value' AND value_key = :key
)
ORDER BY m.id LIMIT :most;

-- name: domains
-- the domains in which a verified address binds
SELECT domain FROM sign_in_domain WHERE workspace = :workspace ORDER BY domain;

-- name: clear_domains
-- nothing
DELETE FROM sign_in_domain WHERE workspace = :workspace;

-- name: add_domain
-- nothing
INSERT INTO sign_in_domain (workspace, domain) VALUES (:workspace, :domain);
