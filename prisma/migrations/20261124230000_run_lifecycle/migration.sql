-- Every attempt of a run is kept, not only the newest, and a caller may set a run's own limits.
--
-- Additions only: processes of the version before go on working. They leave no attempts behind, and readers bear that.

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
