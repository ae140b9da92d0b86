-- What a connection may show beside its bearer tokens: client secrets and assertions of another issuer (RFC 6749
-- §4.4, RFC 7523). The access tokens given for them are rows of `token`, so that a request is let in by the same look.

-- Of an access token, the client secret or federation that it was given for; NULL for a token given by hand.
ALTER TABLE token ADD COLUMN credential key_text;

-- The least number of days before its end that the log has warned of; NULL while it has not.
ALTER TABLE token ADD COLUMN warned INTEGER;

CREATE INDEX token_credential ON token (workspace, credential);

CREATE TABLE client_secret (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    connection key_text NOT NULL,
    digest key_text NOT NULL,
    masked TEXT NOT NULL,
    created utc_text NOT NULL,
    expires utc_text NOT NULL,
    last_used utc_text,
    warned INTEGER,
    PRIMARY KEY (workspace, id)
);

CREATE INDEX client_secret_connection ON client_secret (workspace, connection);

CREATE TABLE federation (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    connection key_text NOT NULL,
    issuer key_text NOT NULL,
    audience key_text NOT NULL,
    subject key_text NOT NULL,
    tenant key_text,
    keys TEXT,
    created utc_text NOT NULL,
    last_used utc_text,
    PRIMARY KEY (workspace, id)
);

CREATE INDEX federation_connection ON federation (workspace, connection);

-- Assertions that have been used, by a digest of issuer and jti, until they have ended by themselves.
CREATE TABLE assertion (
    workspace key_text NOT NULL,
    digest key_text NOT NULL,
    expires utc_text NOT NULL,
    PRIMARY KEY (workspace, digest)
);

CREATE INDEX assertion_expires ON assertion (workspace, expires);
