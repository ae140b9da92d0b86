-- The emulated tenant: its directory, its enterprise applications, their provisioning jobs and what those remember.
--
-- One database is one tenant. key_text and utc_text are text that compares by code point on both engines. *_key columns
-- hold folded text (scim/fold.py). Flags are SMALLINT 0 or 1. Times are the emulator's clock, ids lower-case guids.

CREATE TABLE tenant (
    id key_text PRIMARY KEY,
    name TEXT NOT NULL,
    default_domain key_text NOT NULL,
    verified_domains TEXT NOT NULL,
    sequence BIGINT NOT NULL DEFAULT 0,
    created utc_text NOT NULL
);

CREATE TABLE setting (
    name key_text PRIMARY KEY,
    value TEXT NOT NULL
);

-- Users and groups. `number` is the order of creation. `state` is 0 in the directory, 1 in the recycle bin, and 2 once
-- purged: the row stays, emptied, because a job may still have to delete the object in its target.
CREATE TABLE object (
    id key_text PRIMARY KEY,
    kind key_text NOT NULL,
    number BIGINT NOT NULL,
    state SMALLINT NOT NULL DEFAULT 0,
    created utc_text NOT NULL,
    deleted utc_text,
    upn_key key_text,
    name_key key_text,
    mail_key key_text,
    nickname_key key_text,
    security SMALLINT NOT NULL DEFAULT 0,
    manager key_text,
    doc TEXT NOT NULL
);

CREATE UNIQUE INDEX object_upn ON object (upn_key);
CREATE UNIQUE INDEX object_number ON object (kind, number);
CREATE INDEX object_name ON object (kind, state, name_key, id);
CREATE INDEX object_mail ON object (kind, mail_key);
CREATE INDEX object_nickname ON object (kind, nickname_key);
CREATE INDEX object_manager ON object (manager);
CREATE INDEX object_deleted ON object (state, deleted);

CREATE TABLE membership (
    group_id key_text NOT NULL,
    member_id key_text NOT NULL,
    kind key_text NOT NULL,
    PRIMARY KEY (group_id, member_id)
);

CREATE INDEX membership_member ON membership (member_id, group_id);

CREATE TABLE service_principal (
    id key_text PRIMARY KEY,
    app_id key_text NOT NULL,
    application_id key_text NOT NULL,
    number BIGINT NOT NULL,
    name_key key_text NOT NULL,
    display_name TEXT NOT NULL,
    roles TEXT NOT NULL,
    template_id key_text NOT NULL,
    created utc_text NOT NULL
);

CREATE UNIQUE INDEX service_principal_number ON service_principal (number);
CREATE UNIQUE INDEX service_principal_app ON service_principal (app_id);
CREATE UNIQUE INDEX service_principal_application ON service_principal (application_id);
CREATE INDEX service_principal_name ON service_principal (name_key);

CREATE TABLE assignment (
    service_principal key_text NOT NULL,
    principal key_text NOT NULL,
    app_role key_text NOT NULL,
    id key_text NOT NULL,
    principal_kind key_text NOT NULL,
    created utc_text NOT NULL,
    PRIMARY KEY (service_principal, principal, app_role)
);

CREATE UNIQUE INDEX assignment_id ON assignment (id);
CREATE INDEX assignment_principal ON assignment (principal, service_principal);

-- The change feed: one row per object and scope, with the sequence number of the last change. The scope is '' for a
-- change of the object itself, or the service principal for which its entitlement changed.
CREATE TABLE change (
    scope key_text NOT NULL,
    object_id key_text NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (scope, object_id)
);

CREATE INDEX change_sequence ON change (scope, sequence, object_id);

-- What jobs remember of the objects they have found or made in their targets.
CREATE TABLE link (
    job key_text NOT NULL,
    object_id key_text NOT NULL,
    kind key_text NOT NULL,
    target_id key_text NOT NULL,
    managed SMALLINT NOT NULL,
    active SMALLINT NOT NULL,
    manager key_text,
    exported TEXT NOT NULL,
    PRIMARY KEY (job, object_id)
);

CREATE UNIQUE INDEX link_target ON link (job, kind, target_id);

CREATE TABLE exported_member (
    job key_text NOT NULL,
    group_id key_text NOT NULL,
    member_id key_text NOT NULL,
    target_id key_text NOT NULL,
    PRIMARY KEY (job, group_id, member_id)
);

CREATE INDEX exported_member_member ON exported_member (job, member_id);

CREATE TABLE escrow (
    job key_text NOT NULL,
    object_id key_text NOT NULL,
    part key_text NOT NULL,
    kind key_text NOT NULL,
    first_failure utc_text NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt utc_text NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (job, object_id, part)
);

CREATE INDEX escrow_next ON escrow (job, next_attempt);

-- The provisioning log. Ids sort in the order in which entries were written; `properties` names the target attributes
-- that changed, each between two line feeds; `doc` is the entry.
CREATE TABLE log (
    id key_text PRIMARY KEY,
    at utc_text NOT NULL,
    job key_text NOT NULL,
    service_principal key_text NOT NULL,
    cycle key_text NOT NULL,
    change_id key_text NOT NULL,
    action key_text NOT NULL,
    status key_text NOT NULL,
    source_id key_text NOT NULL,
    milliseconds BIGINT NOT NULL,
    properties TEXT NOT NULL,
    doc TEXT NOT NULL
);

CREATE INDEX log_at ON log (at, id);
CREATE INDEX log_job ON log (job, at, id);
CREATE INDEX log_status ON log (job, status, at, id);
CREATE INDEX log_source ON log (source_id, at, id);
CREATE INDEX log_cycle ON log (cycle, at, id);
CREATE INDEX log_change ON log (change_id, at, id);
