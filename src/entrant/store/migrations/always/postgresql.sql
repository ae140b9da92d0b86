-- Brings every table to what it must have, whatever it has already. Run at the end of each migration: new tables get it by
-- themselves. Each part asks for the thing itself: a column may have other options, and a policy may be there with row-level
-- security switched off.

DO $$ DECLARE found record; BEGIN
    -- Row-level security beneath the workspace in every query (decision 0014): once a transaction has entered a workspace, it
    -- sees and writes the rows of no other, whatever its statements say.
    FOR found IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
          AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                      AND a.attname = CASE WHEN c.relname = 'workspace' THEN 'id' ELSE 'workspace' END)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', found.name);
    END LOOP;
    FOR found IN
        SELECT c.oid::regclass AS name, a.attname AS owner FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
            AND a.attname = CASE WHEN c.relname = 'workspace' THEN 'id' ELSE 'workspace' END
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'entered_workspace')
    LOOP
        EXECUTE format('CREATE POLICY entered_workspace ON %s USING ((SELECT COALESCE(current_setting(''entrant.workspace'', true), '''')) IN ('''', %I))', found.name, found.owner);
    END LOOP;

    -- What the planner is told of each table: one workspace, or one group, may hold all of it (decision 0019).
    FOR found IN
        SELECT c.oid::regclass AS name, a.attname AS owner, c.reltuples FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attname IN ('workspace', 'group_id')
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_options_to_table(a.attoptions) o
                          WHERE o.option_name = 'n_distinct' AND o.option_value::float = 1)
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET (n_distinct = 1)', found.name, found.owner);
        IF found.reltuples > 0 THEN
            EXECUTE format('ANALYZE %s', found.name);
        END IF;
    END LOOP;
END $$;
