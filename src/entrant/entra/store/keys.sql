-- name: insert
-- nothing
INSERT INTO signing_key (kid, created, sealed) VALUES (:kid, :created, :sealed);

-- name: retire_others
-- nothing; every key but that one signs no more
UPDATE signing_key SET retired = :now WHERE kid <> :kid AND retired IS NULL;

-- name: published
-- the keys whose signatures may still be looked at, newest first
SELECT * FROM signing_key WHERE retired IS NULL OR retired > :since ORDER BY created DESC, kid;
