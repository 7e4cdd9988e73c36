-- What a run's life lacked: every attempt on record, a caller's own limits, a limit to the runs of one pipeline and an
-- order among those that wait for it.
--
-- Runners of the version before know nothing of slots, and their settlements are refused; stop them first.

CREATE TABLE "run_attempts" (
    "run_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "runner_id" VARCHAR(200) NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "outcome" VARCHAR(16),
    "failure" JSONB,

    CONSTRAINT "run_attempts_pkey" PRIMARY KEY ("run_id","attempt")
);

ALTER TABLE "run_attempts" ADD CONSTRAINT "run_attempts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "run_attempts"
    ADD CONSTRAINT "run_attempts_outcome_known" CHECK (outcome IN ('success', 'failed', 'cancelled', 'interrupted')),
    ADD CONSTRAINT "run_attempts_finished_iff_outcome" CHECK ((finished_at IS NULL) = (outcome IS NULL)),
    ADD CONSTRAINT "run_attempts_failed_iff_failure" CHECK ((outcome IS NOT DISTINCT FROM 'failed') = (failure IS NOT NULL));

-- A run has one attempt under way at most.
CREATE UNIQUE INDEX "run_attempts_one_open" ON "run_attempts"("run_id") WHERE finished_at IS NULL;

INSERT INTO "run_attempts" (run_id, attempt, runner_id, started_at)
    SELECT id, attempt, runner_id, coalesce(started_at, now()) FROM "runs" WHERE status = 'running';

-- What a run's caller set otherwise than its pipeline: keys of the pipeline's config.
ALTER TABLE "runs"
    ADD COLUMN "overrides" JSONB NOT NULL DEFAULT '{}';

-- How many runs of one pipeline run at once, and in which order they start. A running run has a slot of its pipeline;
-- that a slot is nobody else's is what holds the limit, whatever a statement believes to have counted.
ALTER TABLE "runs"
    ADD COLUMN "priority" SMALLINT NOT NULL DEFAULT 0,
    ADD COLUMN "concurrency_limit" INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN "slot" INTEGER;

WITH running AS (
    SELECT id, row_number() OVER (PARTITION BY pipeline_id ORDER BY created_at, id) AS place FROM "runs" WHERE status = 'running'
)
UPDATE "runs" r SET slot = running.place, concurrency_limit = running.place FROM running WHERE r.id = running.id;

ALTER TABLE "runs"
    ADD CONSTRAINT "runs_running_iff_slot" CHECK ((status = 'running') = (slot IS NOT NULL)),
    ADD CONSTRAINT "runs_slot_within_limit" CHECK (slot BETWEEN 1 AND concurrency_limit),
    ADD CONSTRAINT "runs_priority_known" CHECK (priority BETWEEN -100 AND 100);

CREATE UNIQUE INDEX "runs_pipeline_slot" ON "runs"("pipeline_id", "slot") WHERE status = 'running';

-- The line in front of each pipeline. It takes the place of the index for the rescue loop's question, which now asks for
-- the heads of the lines only.
CREATE INDEX "runs_line_idx" ON "runs"("pipeline_id", "priority" DESC, "created_at", "id") WHERE status = 'pending';
DROP INDEX "runs_pending_idx";

-- Whoever ends a run over its runner's head may not reach its files; the mark tells the runners to take them away.
ALTER TABLE "runs"
    ADD COLUMN "has_leftovers" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "runs_leftovers_idx" ON "runs"("id") WHERE has_leftovers;

-- Which runners may execute a run, and what runners say of themselves.
ALTER TABLE "runs"
    ADD COLUMN "pool" VARCHAR(64) NOT NULL DEFAULT 'default';
ALTER TABLE "runners"
    ADD COLUMN "version" VARCHAR(64) NOT NULL DEFAULT '',
    ADD COLUMN "pools" JSONB NOT NULL DEFAULT '["default"]',
    ADD COLUMN "drain_requested_at" TIMESTAMPTZ(3);

-- A run may be worthless when it starts too late; and one that was cancelled says by whom or why.
ALTER TABLE "runs"
    ADD COLUMN "expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "cancel_reason" TEXT,
    ADD COLUMN "rerun_of" UUID;
ALTER TABLE "runs" ADD CONSTRAINT "runs_rerun_of_fkey" FOREIGN KEY ("rerun_of") REFERENCES "runs"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "runs"
    ADD CONSTRAINT "runs_reason_needs_cancel" CHECK (cancel_reason IS NULL OR cancel_requested_at IS NOT NULL);
CREATE INDEX "runs_expiry_idx" ON "runs"("expires_at") WHERE status = 'pending' AND expires_at IS NOT NULL;

-- What a client asked for under a key of its own, so that asking again answers again and creates nothing.
CREATE TABLE "idempotency_keys" (
    "key" VARCHAR(255) NOT NULL,
    "request" JSONB NOT NULL,
    "run_id" UUID,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;
