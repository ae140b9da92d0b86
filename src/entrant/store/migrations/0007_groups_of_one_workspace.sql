-- A group is of one workspace. PostgreSQL would take the two for independent, reckon with few members for each of many groups
-- alike, and read all of one to find some of them (decision 0019).

-- engine: postgresql
CREATE STATISTICS membership_group (dependencies) ON workspace, group_id FROM membership;
