-- What keeps a provider from making itself somebody else, and what a token that no longer works was.

-- An admin whom no SCIM request may change; set and removed by administrators alone.
ALTER TABLE member ADD COLUMN protected SMALLINT NOT NULL DEFAULT 0;

-- The id of the administrator who deactivated the member; NULL if the provider did, or nobody. Until now nobody but an administrator
-- could deactivate a local member.
ALTER TABLE member ADD COLUMN deactivated_by key_text;

UPDATE member SET deactivated_by = 'unknown' WHERE source = 'local' AND active = 0;

CREATE INDEX member_protected ON member (workspace, id) WHERE protected = 1;

-- How a token ended before its time: `replaced` by a new one, or `revoked`; NULL if by its expiry, or not yet.
ALTER TABLE token ADD COLUMN ended key_text;
