-- Who entered or left which group last at which place of the change feed: what Graph's delta tells of members.
-- Whether somebody is in the group now is in `membership`.

CREATE TABLE member_change (
    group_id key_text NOT NULL,
    member_id key_text NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (group_id, member_id)
);
