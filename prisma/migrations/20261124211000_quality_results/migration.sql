-- What the quality tests of each run found.
--
-- Written by the statement that ends the run, so there are results of ended runs only, of the attempt that ended them.
-- The pipeline's address is repeated from the run: the history of one test is read without a join, by its index.

CREATE TABLE "quality_results" (
    "run_id" UUID NOT NULL,
    "test_name" VARCHAR(128) NOT NULL,
    "attempt" INTEGER NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "pipeline" VARCHAR(128) NOT NULL,
    "severity" VARCHAR(8) NOT NULL,
    "status" VARCHAR(8) NOT NULL,
    "description" TEXT,
    "tags" JSONB NOT NULL DEFAULT '[]',
    "remediation" TEXT,
    "violations" BIGINT,
    "sample" JSONB NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "message" TEXT,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "quality_results_pkey" PRIMARY KEY ("run_id", "test_name")
);

CREATE INDEX "quality_results_history_idx" ON "quality_results"("namespace", "layer", "pipeline", "test_name", "recorded_at" DESC, "run_id" DESC);

ALTER TABLE "quality_results" ADD CONSTRAINT "quality_results_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "quality_results"
    ADD CONSTRAINT "quality_results_severity_known" CHECK (severity IN ('error', 'warn')),
    ADD CONSTRAINT "quality_results_status_known" CHECK (status IN ('passed', 'failed', 'warned', 'error')),
    ADD CONSTRAINT "quality_results_error_iff_no_violations" CHECK ((status = 'error') = (violations IS NULL));
