-- A group that found no place looks again after a while, and one that failed comes behind the others. `is_due` stays
-- what it was: older replicas know only that.
ALTER TABLE "run_groups" ADD COLUMN "look_after" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP;
