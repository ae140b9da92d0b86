-- The mass-change guard: a connection's settings, how much it has lately taken away, and what it was held back from.
--
-- guard_count has one row for each thing that is counted, with the sums of the window's length now running and of the one
-- before. A subject is the id of a user or group, or stands for the set of a very large request.

ALTER TABLE connection ADD COLUMN guard TEXT;

CREATE TABLE guard_count (
    workspace key_text NOT NULL,
    connection key_text NOT NULL,
    kind key_text NOT NULL,
    scope key_text NOT NULL,
    bucket BIGINT NOT NULL,
    recent BIGINT NOT NULL,
    earlier BIGINT NOT NULL,
    base BIGINT,
    PRIMARY KEY (workspace, connection, kind, scope)
);

CREATE TABLE held (
    workspace key_text NOT NULL,
    id key_text NOT NULL,
    connection key_text NOT NULL,
    kind key_text NOT NULL,
    scope key_text NOT NULL,
    state key_text NOT NULL,
    first utc_text NOT NULL,
    last utc_text NOT NULL,
    decided_by TEXT,
    PRIMARY KEY (workspace, id)
);

CREATE INDEX held_state ON held (workspace, state, id);

CREATE TABLE held_subject (
    workspace key_text NOT NULL,
    held key_text NOT NULL,
    subject key_text NOT NULL,
    weight BIGINT NOT NULL,
    PRIMARY KEY (workspace, held, subject)
);
