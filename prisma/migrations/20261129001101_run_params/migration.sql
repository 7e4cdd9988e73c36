-- The values of a run's parameters, and those that a schedule gives to its runs. NULL: none are given. The types are in
-- the pipeline's version.

ALTER TABLE "runs" ADD COLUMN "params" JSONB;
ALTER TABLE "schedules" ADD COLUMN "params" JSONB;
