-- An assertion is used once, whatever any clock says (decision 0022): it is remembered, or its issuer's floor is at or above its
-- end. So what is remembered may be removed, by its age or because there is too much of it, as soon as the floor has risen to it.

ALTER TABLE assertion ADD COLUMN issuer key_text NOT NULL DEFAULT '';

CREATE INDEX assertion_issuer ON assertion (workspace, issuer, expires);

CREATE TABLE assertion_floor (
    workspace key_text NOT NULL,
    issuer key_text NOT NULL,
    expires utc_text NOT NULL,
    PRIMARY KEY (workspace, issuer)
);
