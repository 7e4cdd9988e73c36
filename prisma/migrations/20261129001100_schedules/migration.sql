-- Schedules, and what became of each time at which one was due.
--
-- A firing is a row. Its unique key makes it happen once, under any number of replicas, and its run is created in the
-- same transaction. What does not make a run (a skip, a time that was missed) has a row too, with the reason.
-- `source_kind` is open: triggers and other sources of runs write their firings here as well.

CREATE TABLE "schedules" (
    "id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "cron" VARCHAR(200),
    "every_seconds" INTEGER,
    "offset_seconds" INTEGER NOT NULL DEFAULT 0,
    "timezone" VARCHAR(64) NOT NULL DEFAULT 'UTC',
    "jitter_seconds" INTEGER NOT NULL DEFAULT 0,
    "starts_at" TIMESTAMPTZ(3),
    "ends_at" TIMESTAMPTZ(3),
    "overlap" VARCHAR(16) NOT NULL DEFAULT 'inherit',
    "catch_up" VARCHAR(8) NOT NULL DEFAULT 'latest',
    "catch_up_window_seconds" INTEGER NOT NULL DEFAULT 604800,
    "max_failures" INTEGER,
    "priority" SMALLINT NOT NULL DEFAULT 0,
    "expires_in_seconds" INTEGER,
    "paused_at" TIMESTAMPTZ(3),
    "paused_by" VARCHAR(200),
    "pause_reason" TEXT,
    "decided_until" TIMESTAMPTZ(3) NOT NULL,
    "next_for" TIMESTAMPTZ(3),
    "fire_at" TIMESTAMPTZ(3),
    "failures_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tzdata" VARCHAR(16) NOT NULL DEFAULT '',
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedules_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "firings" (
    "id" UUID NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "source_kind" VARCHAR(16) NOT NULL,
    "source_id" UUID NOT NULL,
    "dedupe_key" VARCHAR(300) NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3),
    "scheduled_until" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3) NOT NULL,
    "lag_ms" INTEGER,
    "outcome" VARCHAR(16) NOT NULL,
    "reason" VARCHAR(32),
    "detail" JSONB,
    "count" INTEGER NOT NULL DEFAULT 1,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "run_id" UUID,
    "blocked_by" UUID,
    "interval_start" TIMESTAMPTZ(3),
    "interval_end" TIMESTAMPTZ(3),

    CONSTRAINT "firings_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "runs"
    ADD COLUMN "source_id" UUID,
    ADD COLUMN "firing_id" UUID,
    ADD COLUMN "interval_start" TIMESTAMPTZ(3),
    ADD COLUMN "interval_end" TIMESTAMPTZ(3),
    ADD COLUMN "logical_date" DATE;

ALTER TABLE "schedules" ADD CONSTRAINT "schedules_pipeline_id_fkey" FOREIGN KEY ("pipeline_id") REFERENCES "pipelines"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Deferred: the firing decides whether there is a run, so it is inserted first. Retention removes runs and keeps firings.
ALTER TABLE "firings" ADD CONSTRAINT "firings_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE "schedules"
    ADD CONSTRAINT "schedules_one_rhythm" CHECK (num_nonnulls(cron, every_seconds) = 1),
    ADD CONSTRAINT "schedules_paused_never_fires" CHECK (paused_at IS NULL OR fire_at IS NULL),
    ADD CONSTRAINT "schedules_deleted_never_fires" CHECK (deleted_at IS NULL OR fire_at IS NULL),
    ADD CONSTRAINT "schedules_overlap_known" CHECK (overlap IN ('inherit', 'skip', 'queue_one', 'queue', 'replace')),
    ADD CONSTRAINT "schedules_catch_up_known" CHECK (catch_up IN ('none', 'latest', 'all')),
    ADD CONSTRAINT "schedules_priority_known" CHECK (priority BETWEEN -100 AND 100);

ALTER TABLE "firings"
    ADD CONSTRAINT "firings_outcome_known" CHECK (outcome IN ('run', 'waiting', 'skipped', 'missed', 'refused')),
    ADD CONSTRAINT "firings_reason_iff_no_run" CHECK ((outcome = 'run') = (reason IS NULL)),
    ADD CONSTRAINT "firings_count_known" CHECK (count >= 1);

CREATE UNIQUE INDEX "schedules_name_idx" ON "schedules"("pipeline_id", "name") WHERE deleted_at IS NULL;
-- A turn of the firing job reads the due rows only, however many schedules are idle.
CREATE INDEX "schedules_due_idx" ON "schedules"("fire_at") WHERE fire_at IS NOT NULL;
-- Every turn looks for schedules to pause after failures, and few have such a limit.
CREATE INDEX "schedules_max_failures_idx" ON "schedules"("id") WHERE max_failures IS NOT NULL AND paused_at IS NULL;

CREATE UNIQUE INDEX "firings_source_id_dedupe_key_key" ON "firings"("source_id", "dedupe_key");
CREATE INDEX "firings_source_id_position_idx" ON "firings"("source_id", "position" DESC);
CREATE INDEX "firings_run_id_idx" ON "firings"("run_id");
-- Retention reads firings by age; their order in the table is nearly that of their age.
CREATE INDEX "firings_age_idx" ON "firings" USING brin ("decided_at");

-- The active runs of a schedule, and its newest ones.
CREATE INDEX "runs_source_idx" ON "runs"("source_id", "created_at" DESC) WHERE source_id IS NOT NULL;

-- A deleted pipeline's schedules are paused, and fire again when it is put back. A trigger, because an older replica
-- that deletes or restores a pipeline knows no schedules. `fire_at` without `next_for` means: compute the next time.
CREATE FUNCTION pause_schedules_of_deleted_pipeline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE schedules SET
            paused_at = now(),
            paused_by = 'system',
            pause_reason = 'the pipeline is deleted',
            next_for = NULL,
            fire_at = NULL,
            revision = revision + 1,
            updated_at = now()
        WHERE pipeline_id = NEW.id AND paused_at IS NULL AND deleted_at IS NULL;
    ELSE
        UPDATE schedules SET
            paused_at = NULL,
            paused_by = NULL,
            pause_reason = NULL,
            decided_until = greatest(decided_until, now()),
            failures_since = now(),
            next_for = NULL,
            fire_at = now(),
            revision = revision + 1,
            updated_at = now()
        WHERE pipeline_id = NEW.id
            AND paused_by = 'system'
            AND pause_reason = 'the pipeline is deleted'
            AND deleted_at IS NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER pipelines_pause_schedules AFTER UPDATE OF deleted_at ON "pipelines"
    FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION pause_schedules_of_deleted_pipeline();
