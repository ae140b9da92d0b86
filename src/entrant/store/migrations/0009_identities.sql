-- Who signs in by an OpenID provider: an issuer and its subject stand for one member, bound once (product.md 9.6).

CREATE TABLE identity (
    workspace key_text NOT NULL,
    issuer key_text NOT NULL,
    subject key_text NOT NULL,
    member key_text NOT NULL,
    way key_text NOT NULL,
    email TEXT,
    created utc_text NOT NULL,
    last_used utc_text,
    PRIMARY KEY (workspace, issuer, subject)
);

CREATE UNIQUE INDEX identity_member ON identity (workspace, member, issuer);

-- The domains in which a verified e-mail address binds, as the operator has allowed.
CREATE TABLE sign_in_domain (
    workspace key_text NOT NULL,
    domain key_text NOT NULL,
    PRIMARY KEY (workspace, domain)
);

-- How a session began, and when its member last showed who they are; NULL if that is not known.
ALTER TABLE session ADD COLUMN method key_text;
ALTER TABLE session ADD COLUMN confirmed utc_text;

-- What the next page of a session shows once: a new secret, sealed (product.md 1.7).
CREATE TABLE shown_once (
    workspace key_text NOT NULL,
    session key_text NOT NULL,
    sealed TEXT NOT NULL,
    created utc_text NOT NULL,
    PRIMARY KEY (workspace, session)
);

CREATE INDEX shown_once_created ON shown_once (created);
