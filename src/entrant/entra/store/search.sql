-- name: window
-- the last object that a search after a name and id may look at
SELECT name_key, id FROM object WHERE kind = :kind AND state = :state AND (name_key, id) > (:name_key, :id)
ORDER BY name_key, id LIMIT 1 OFFSET :skipped;

-- name: name_begins
-- objects whose display name begins so
SELECT * FROM object WHERE kind = :kind AND state = :state AND name_key >= :from_key AND name_key < :to_key
ORDER BY name_key, id LIMIT :most;

-- name: upn_begins
-- users, in the directory or the recycle bin, whose UPN begins so
SELECT * FROM object WHERE upn_key >= :from_key AND upn_key < :to_key
ORDER BY upn_key LIMIT :most;

-- name: mail_begins
-- objects, in the directory or the recycle bin, whose mail address begins so
SELECT * FROM object WHERE kind = :kind AND mail_key >= :from_key AND mail_key < :to_key
ORDER BY mail_key LIMIT :most;

-- name: nickname_begins
-- objects, in the directory or the recycle bin, whose mail nickname begins so
SELECT * FROM object WHERE kind = :kind AND nickname_key >= :from_key AND nickname_key < :to_key
ORDER BY nickname_key LIMIT :most;
