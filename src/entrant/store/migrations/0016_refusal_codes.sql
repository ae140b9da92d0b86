-- Why a request was refused, for programs (workspace/codes.py); NULL where it was not, and in entries from before.

ALTER TABLE log ADD COLUMN code key_text;
