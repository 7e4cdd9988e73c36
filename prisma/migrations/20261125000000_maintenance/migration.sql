-- A run may keep its pipeline's table small instead of writing it. As a run of that pipeline it waits in the same line,
-- holds the same lease, is told in the same lists, and never meets a run that writes.

ALTER TABLE "runs"
    ADD COLUMN "kind" VARCHAR(16) NOT NULL DEFAULT 'pipeline',
    ADD COLUMN "maintenance" JSONB;

ALTER TABLE "runs"
    ADD CONSTRAINT "runs_kind_known" CHECK (kind IN ('pipeline', 'maintenance'));

-- When a table was last given to maintenance, so that replicas give it once a period.
ALTER TABLE "pipelines"
    ADD COLUMN "maintained_at" TIMESTAMPTZ(3);
