-- A run may be asked to replace its whole table, whatever its strategy.
--
-- The request is the run's and not an attempt's, so that a retry does what was asked for.

ALTER TABLE "runs" ADD COLUMN "full_refresh" BOOLEAN NOT NULL DEFAULT false;
