-- The mass-change guard counts what a request does, against the membership at the beginning of its window (decision 0011).
--
-- access_since, admin_since and since say from when a member has had access, the role admin, and a place in a group; NULL is
-- longer than anything is looked at; they are told by the clock that a wrong wall clock does not move (decision 0022).
-- first_write begins the initial fill of a connection. guard_window takes the place of guard_count, which processes of the version before still use.

ALTER TABLE member ADD COLUMN access_since utc_text;
ALTER TABLE member ADD COLUMN admin_since utc_text;
ALTER TABLE membership ADD COLUMN since utc_text;

ALTER TABLE connection ADD COLUMN first_write utc_text;
UPDATE connection SET first_write = created WHERE last_contact IS NOT NULL;

-- The order in which people were added to a held change: an approval is of those up to the last that was shown.
ALTER TABLE held_subject ADD COLUMN position BIGINT NOT NULL DEFAULT 0;

-- sums is JSON: for each step of the window, newest first, how many were lost and how many of them were there at its beginning.
CREATE TABLE guard_window (
    workspace key_text NOT NULL,
    connection key_text NOT NULL,
    scope key_text NOT NULL,
    kind key_text NOT NULL,
    step BIGINT NOT NULL,
    sums TEXT NOT NULL,
    floor BIGINT,
    PRIMARY KEY (workspace, connection, scope, kind)
);

-- As in 0001, and from when a member has had what a write may take.
DROP VIEW effective_role;

CREATE VIEW effective_role AS
SELECT m.workspace, m.id, m.doc, m.role,
       CASE WHEN m.active = 1 THEN COALESCE(
           (SELECT MIN(g.role)
            FROM membership s
            JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
            WHERE s.workspace = m.workspace AND s.member_id = m.id AND g.role IS NOT NULL),
           m.hand_role,
           w.default_role) END AS effective,
       m.access_since, m.admin_since
FROM member m
JOIN workspace w ON w.id = m.workspace;
