-- Workspaces, their connections, members and groups, and the provisioning log.
--
-- key_text and utc_text are text that compares by code point on both engines (a domain with collation C on
-- PostgreSQL). *_key columns hold folded text, see scim/fold.py. Flags are SMALLINT 0 or 1. Documents are SCIM
-- resources as JSON text without id and meta, groups without members; `folded` is the folded document where folding is more than
-- lower-casing ASCII, else NULL.

CREATE TABLE workspace (
    id key_text PRIMARY KEY,
    slug key_text NOT NULL UNIQUE,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    default_role key_text NOT NULL DEFAULT 'member',
    reactivation key_text NOT NULL DEFAULT 'allow',
    adoption SMALLINT NOT NULL DEFAULT 1,
    schemas_version BIGINT NOT NULL DEFAULT 0,
    user_count BIGINT NOT NULL DEFAULT 0,
    group_count BIGINT NOT NULL DEFAULT 0,
    created utc_text NOT NULL
);

CREATE TABLE role_rule (
    workspace key_text NOT NULL,
    position INTEGER NOT NULL,
    kind key_text NOT NULL,
    pattern TEXT NOT NULL,
    role key_text NOT NULL,
    PRIMARY KEY (workspace, position)
);

CREATE TABLE extension_schema (
    workspace key_text NOT NULL,
    urn_key key_text NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (workspace, urn_key)
);

CREATE TABLE connection (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    provider key_text NOT NULL,
    enabled SMALLINT NOT NULL DEFAULT 1,
    created utc_text NOT NULL,
    last_contact utc_text,
    last_spelling key_text,
    PRIMARY KEY (workspace, id)
);

CREATE TABLE token (
    digest key_text PRIMARY KEY,
    workspace key_text NOT NULL,
    connection key_text NOT NULL,
    masked TEXT NOT NULL,
    created utc_text NOT NULL,
    expires utc_text,
    last_used utc_text
);

CREATE INDEX token_connection ON token (workspace, connection);

CREATE TABLE tolerance_use (
    workspace key_text NOT NULL,
    connection key_text NOT NULL,
    tolerance key_text NOT NULL,
    uses BIGINT NOT NULL,
    last_used utc_text NOT NULL,
    PRIMARY KEY (workspace, connection, tolerance)
);

CREATE TABLE member (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    source key_text NOT NULL,
    active SMALLINT NOT NULL,
    reinvited SMALLINT NOT NULL DEFAULT 0,
    hand_role key_text,
    role key_text,
    user_name_key key_text NOT NULL,
    external_id key_text,
    display_key key_text,
    revision BIGINT NOT NULL,
    created utc_text NOT NULL,
    modified utc_text NOT NULL,
    doc TEXT NOT NULL,
    folded TEXT,
    PRIMARY KEY (workspace, id)
);

CREATE UNIQUE INDEX member_user_name ON member (workspace, user_name_key);
CREATE INDEX member_external_id ON member (workspace, external_id, id);
CREATE INDEX member_display ON member (workspace, display_key, id);
CREATE INDEX member_modified ON member (workspace, modified, id);
CREATE INDEX member_source ON member (workspace, source, id);
CREATE INDEX member_role ON member (workspace, role, id);

CREATE TABLE member_value (
    workspace key_text NOT NULL,
    member key_text NOT NULL,
    path key_text NOT NULL,
    value_key key_text NOT NULL,
    type_key key_text NOT NULL
);

CREATE INDEX member_value_lookup ON member_value (workspace, path, value_key, type_key, member);
CREATE INDEX member_value_member ON member_value (workspace, member);

CREATE TABLE groups (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    role key_text,
    display_key key_text NOT NULL,
    external_id key_text,
    member_count BIGINT NOT NULL DEFAULT 0,
    revision BIGINT NOT NULL,
    created utc_text NOT NULL,
    modified utc_text NOT NULL,
    doc TEXT NOT NULL,
    folded TEXT,
    PRIMARY KEY (workspace, id)
);

CREATE UNIQUE INDEX groups_display ON groups (workspace, display_key);
CREATE INDEX groups_external_id ON groups (workspace, external_id, id);
CREATE INDEX groups_modified ON groups (workspace, modified, id);
CREATE INDEX groups_role ON groups (workspace, role, id);

CREATE TABLE membership (
    workspace key_text NOT NULL,
    group_id key_text NOT NULL,
    member_id key_text NOT NULL,
    kind key_text NOT NULL,
    PRIMARY KEY (workspace, group_id, member_id)
);

CREATE INDEX membership_member ON membership (workspace, member_id, group_id);

CREATE TABLE log (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    at utc_text NOT NULL,
    request_id key_text NOT NULL,
    connection key_text,
    operation key_text NOT NULL,
    resource_type key_text,
    resource_id key_text,
    resource_name TEXT,
    outcome key_text NOT NULL,
    status INTEGER NOT NULL,
    scim_type key_text,
    detail TEXT,
    tolerances TEXT NOT NULL,
    changes TEXT NOT NULL,
    body TEXT,
    PRIMARY KEY (workspace, id)
);

CREATE INDEX log_outcome ON log (workspace, outcome, id);
CREATE INDEX log_at ON log (at);

CREATE TABLE setting (
    name key_text PRIMARY KEY,
    value TEXT NOT NULL
);

-- What each member's role is by product.md 4.3: none while inactive, else that of a role group they are directly
-- in (never of two), else the one set by hand, else the workspace's default.
CREATE VIEW effective_role AS
SELECT m.workspace, m.id, m.doc, m.role,
       CASE WHEN m.active = 1 THEN COALESCE(
           (SELECT MIN(g.role)
            FROM membership s
            JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id
            WHERE s.workspace = m.workspace AND s.member_id = m.id AND g.role IS NOT NULL),
           m.hand_role,
           w.default_role) END AS effective
FROM member m
JOIN workspace w ON w.id = m.workspace;
