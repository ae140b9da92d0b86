-- What keeps the cost of a statement from growing with the workspace (decision 0019).

-- Nothing is looked up by its time of change, and every change of a user or group had to write these.
DROP INDEX member_modified;
DROP INDEX groups_modified;

-- Makes the table that holds what the planner is told, see always/sqlite.sql.
-- engine: sqlite
ANALYZE setting;
