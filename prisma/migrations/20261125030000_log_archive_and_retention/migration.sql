-- Logs of ended runs leave for files, and runs that nobody needs any more are removed.
--
-- Streams are by far the most of what this database holds, and an old run's is hardly ever read. That a run's stream was
-- dealt with is a column of its own: a run without a line to move gets no file, and must not be looked at again.

ALTER TABLE "runs"
    ADD COLUMN "archived_at" TIMESTAMPTZ(3);

ALTER TABLE "runs"
    ADD CONSTRAINT "runs_archived_after_end" CHECK (archived_at IS NULL OR finished_at IS NOT NULL),
    ADD CONSTRAINT "runs_log_path_when_archived" CHECK (logs_s3_path IS NULL OR archived_at IS NOT NULL);

-- What waits to be archived, oldest first; small, for a run leaves it as soon as it is.
CREATE INDEX "runs_archive_idx" ON "runs"("finished_at") WHERE finished_at IS NOT NULL AND archived_at IS NULL;

-- When a pipeline's runs were last looked through for those to remove, so that replicas do it once a period.
ALTER TABLE "pipelines"
    ADD COLUMN "swept_at" TIMESTAMPTZ(3);

-- What still names a run: asked for each one before it is removed, and by the foreign keys while it is.
CREATE INDEX "runs_rerun_of_idx" ON "runs"("rerun_of") WHERE rerun_of IS NOT NULL;
CREATE INDEX "runs_inputs_idx" ON "runs" USING gin ("input_snapshots" jsonb_path_ops) WHERE input_snapshots <> '{}';
CREATE INDEX "idempotency_keys_run_id_idx" ON "idempotency_keys"("run_id");
