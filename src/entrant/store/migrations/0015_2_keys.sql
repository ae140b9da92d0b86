-- The keys that seal and sign, by what they are for. One is made by whoever first needs it; the newest seals and signs, the older
-- ones only open what they have sealed (decision 0023). Of a pair that signs, `public` stays when the secret half is gone.

CREATE TABLE service_key (
    purpose key_text NOT NULL,
    id key_text NOT NULL,
    secret TEXT,
    public TEXT,
    created utc_text NOT NULL,
    retired utc_text,
    PRIMARY KEY (purpose, id)
);

INSERT INTO service_key (purpose, id, secret, created)
SELECT CASE name WHEN 'cursor' THEN 'cursors' ELSE name END, '00000000', value, '2026-01-01T00:00:00.000000Z'
FROM setting WHERE name IN ('sealing', 'cursor');

DELETE FROM setting WHERE name IN ('sealing', 'cursor');
