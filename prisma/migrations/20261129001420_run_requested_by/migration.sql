-- Who asked for a run, and for a group of runs. NULL: nobody did, the request named nobody, or an older version made it.

ALTER TABLE "runs" ADD COLUMN "requested_by" VARCHAR(200);
ALTER TABLE "run_groups" ADD COLUMN "requested_by" VARCHAR(200);
