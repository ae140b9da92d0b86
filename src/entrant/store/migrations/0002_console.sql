-- Signing in to the console, and what its pages count and look up without reading a whole workspace.
--
-- Passwords are argon2 hashes; set-up links and sessions are kept as SHA-256 digests of their random secrets.

CREATE TABLE account (
    workspace key_text NOT NULL,
    member key_text NOT NULL,
    password TEXT NOT NULL,
    changed utc_text NOT NULL,
    PRIMARY KEY (workspace, member)
);

CREATE TABLE setup_link (
    workspace key_text NOT NULL,
    digest key_text NOT NULL,
    member key_text NOT NULL,
    expires utc_text NOT NULL,
    PRIMARY KEY (workspace, digest)
);

CREATE INDEX setup_link_member ON setup_link (workspace, member);

CREATE TABLE session (
    workspace key_text NOT NULL,
    digest key_text NOT NULL,
    member key_text NOT NULL,
    created utc_text NOT NULL,
    seen utc_text NOT NULL,
    PRIMARY KEY (workspace, digest)
);

CREATE INDEX session_member ON session (workspace, member);
CREATE INDEX session_created ON session (created);

-- Tries to sign in since a time, by a key of account or address; workspace is empty where no workspace has the slug.
CREATE TABLE sign_in_try (
    workspace key_text NOT NULL,
    subject key_text NOT NULL,
    since utc_text NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (workspace, subject)
);

CREATE INDEX sign_in_try_since ON sign_in_try (since);

-- The OpenID provider of a workspace. The client's secret is encrypted (service/sealing.py).
CREATE TABLE sign_in_provider (
    workspace key_text PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    sealed_secret TEXT NOT NULL
);

-- The last test of each connection: a look for somebody who cannot exist (entra-client 4.1).
CREATE TABLE probe (
    workspace key_text NOT NULL,
    connection key_text NOT NULL,
    at utc_text NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (workspace, connection)
);

-- How many entries of the provisioning log each hour had (`2026-11-24T16`), and how many of them were not done.
CREATE TABLE log_hour (
    workspace key_text NOT NULL,
    hour key_text NOT NULL,
    entries BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (workspace, hour)
);

INSERT INTO log_hour (workspace, hour, entries, refused)
SELECT workspace, substr(at, 1, 13), COUNT(*), SUM(CASE WHEN outcome = 'done' THEN 0 ELSE 1 END)
FROM log GROUP BY workspace, substr(at, 1, 13);

CREATE INDEX log_resource ON log (workspace, resource_id, id);
