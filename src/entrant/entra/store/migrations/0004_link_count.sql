-- How many objects of each kind a job has linked, and how many at most since its links were last cleared: pages of a
-- job show the latter, and counting the links for each of them would read them all.

CREATE TABLE link_count (
    job key_text NOT NULL,
    kind key_text NOT NULL,
    links BIGINT NOT NULL,
    most BIGINT NOT NULL,
    PRIMARY KEY (job, kind)
);

INSERT INTO link_count (job, kind, links, most) SELECT job, kind, COUNT(*), COUNT(*) FROM link GROUP BY job, kind;
