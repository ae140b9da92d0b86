-- name: insert
-- nothing
INSERT INTO job (id, service_principal, template_id, created, schedule, schema_json, settings)
VALUES (:id, :service_principal, :template_id, :created, :schedule, :schema_json, :settings)
ON CONFLICT (service_principal) DO NOTHING;

-- name: find
-- one job
SELECT * FROM job WHERE id = :id;

-- name: find_of
-- the job of an application
SELECT * FROM job WHERE service_principal = :service_principal;

-- name: list_all
-- every job, oldest first
SELECT * FROM job ORDER BY created, id;

-- name: lock
-- one job, which nobody else changes until this transaction ends
UPDATE job SET revision = revision + 1 WHERE id = :id RETURNING *;

-- name: save
-- nothing
UPDATE job SET
    schedule = :schedule, next_run = :next_run, schema_json = :schema_json, connection = :connection,
    sync_all = :sync_all, settings = :settings, watermark = :watermark, allow_deletions = :allow_deletions,
    quarantine = :quarantine, pending_reset = :pending_reset,
    steady_first = :steady_first, steady_last = :steady_last,
    complete_failures = :complete_failures, escrows_pruned = :escrows_pruned,
    lease_owner = :lease_owner, lease_until = :lease_until
WHERE id = :id;

-- name: renew
-- nothing; one row is changed if the lease is still the owner's
UPDATE job SET lease_until = :until WHERE id = :id AND lease_owner = :owner;

-- name: remove
-- nothing
DELETE FROM job WHERE id = :id;

-- name: due
-- the jobs whose next cycle is due, the one that has waited longest first
SELECT * FROM job WHERE schedule = 'Active' AND next_run <= :now ORDER BY next_run, id;

-- name: next_due
-- when the next cycle of any job is due
SELECT MIN(next_run) AS next_run FROM job WHERE schedule = 'Active';

-- name: entitled
-- how many objects are assigned to an application, directly or as members of a group
SELECT COUNT(*) AS objects FROM (
    SELECT principal AS id FROM assignment WHERE service_principal = :service_principal
    UNION
    SELECT m.member_id FROM assignment a JOIN membership m ON m.group_id = a.principal
    WHERE a.service_principal = :service_principal
) AS entitled;

-- name: insert_execution
-- nothing
INSERT INTO execution (job, began, id, initial, counters) VALUES (:job, :began, :id, :initial, :counters);

-- name: save_progress
-- nothing
UPDATE execution SET counters = :counters WHERE job = :job AND id = :id;

-- name: end_execution
-- nothing
UPDATE execution SET
    ended = :ended, state = :state, exported = :exported, counters = :counters,
    error_code = :error_code, error_message = :error_message
WHERE job = :job AND id = :id;

-- name: end_interrupted
-- nothing; executions that nobody runs any more have failed
UPDATE execution SET ended = :ended, state = 'Failed', error_code = :error_code, error_message = :error_message
WHERE job = :job AND ended IS NULL;

-- name: last_ended
-- the last execution that has ended
SELECT * FROM execution WHERE job = :job AND ended IS NOT NULL ORDER BY began DESC, id DESC LIMIT 1;

-- name: last_successful
-- the last one that did not fail as a whole
SELECT * FROM execution
WHERE job = :job AND ended IS NOT NULL AND state <> 'Failed' ORDER BY began DESC, id DESC LIMIT 1;

-- name: last_exported
-- the last one of those that has written something
SELECT * FROM execution
WHERE job = :job AND ended IS NOT NULL AND state <> 'Failed' AND exported = 1 ORDER BY began DESC, id DESC LIMIT 1;

-- name: running
-- the one that runs now
SELECT * FROM execution WHERE job = :job AND ended IS NULL ORDER BY began DESC, id DESC LIMIT 1;

-- name: executions
-- the latest executions, newest first
SELECT * FROM execution WHERE job = :job ORDER BY began DESC, id DESC LIMIT :most;

-- name: forget_executions
-- nothing; executions that ended before that
DELETE FROM execution WHERE job = :job AND ended < :before;

-- name: remove_executions
-- nothing
DELETE FROM execution WHERE job = :job;

-- name: forget_calls
-- nothing; calls on demand before that
DELETE FROM on_demand_call WHERE job = :job AND at < :since;

-- name: calls
-- when the calls on demand were made, oldest first
SELECT at FROM on_demand_call WHERE job = :job ORDER BY at;

-- name: insert_call
-- nothing
INSERT INTO on_demand_call (job, at) VALUES (:job, :at) ON CONFLICT (job, at) DO NOTHING;

-- name: remove_calls
-- nothing
DELETE FROM on_demand_call WHERE job = :job;
