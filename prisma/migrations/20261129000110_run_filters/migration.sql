-- Lists of runs filter by more than `run_counts` counts: kind, trigger, pool, runner, failure, and what was decided about a run.
-- An index for each would make every start and end of a run write that many more entries. The index of all runs by age, which
-- there is anyway, carries these columns instead: a filter of any of them reads this index, and not the rows. Heartbeats and
-- appended lines change none of the columns, so they still touch no index.
CREATE INDEX "runs_by_age_idx" ON "runs"("created_at" DESC, "id" DESC)
    INCLUDE ("status", "namespace", "layer", "pipeline", "kind", "trigger", "pool", "runner_id", "failure_code");
DROP INDEX "runs_created_at_id_idx";

-- The runs that a person published, discarded or reverted.
CREATE INDEX "run_actions_action_run_id_idx" ON "run_actions"("action", "run_id");

-- Failed runs by their reason, and the runs in quarantine. A run that does not fail never enters it.
CREATE INDEX "runs_failed_idx" ON "runs"("failure_code", "created_at" DESC, "id" DESC) WHERE failure_code IS NOT NULL;
