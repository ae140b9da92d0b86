-- What the planner is told of each index that begins with the workspace (decision 0019): a workspace may hold a million rows, of
-- which a further column leaves ten thousand, and another a hundred. Run at the end of each migration: new indexes get it by
-- themselves, and so does one that an ANALYZE has described by the data of that day.

CREATE TEMP VIEW described AS
SELECT tbl, idx, '1000000 ' || group_concat(estimate, ' ') AS stat FROM (
    SELECT t.name AS tbl, i.name AS idx,
           CASE WHEN c.seqno < (SELECT MAX(seqno) FROM pragma_index_info(i.name))
                THEN CASE c.seqno WHEN 0 THEN 1000000 WHEN 1 THEN 10000 ELSE 100 END
                ELSE CASE WHEN i."unique" THEN 1 ELSE 10 END END AS estimate
    FROM main.sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
    WHERE t.type = 'table'
      AND (SELECT name FROM pragma_index_info(i.name) WHERE seqno = 0) = 'workspace'
    ORDER BY t.name, i.name, c.seqno
) GROUP BY tbl, idx;

DELETE FROM sqlite_stat1 WHERE EXISTS (SELECT 1 FROM described d WHERE d.idx = sqlite_stat1.idx AND d.stat <> sqlite_stat1.stat);

INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl, idx, stat FROM described WHERE idx NOT IN (SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL);

DROP VIEW described;
