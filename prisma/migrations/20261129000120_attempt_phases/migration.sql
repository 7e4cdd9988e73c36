-- The phases of an attempt that was not the last one were only in the stream, and lost with it. NULL: the attempt is under way, or an
-- older version of the runner ended it.
ALTER TABLE "run_attempts" ADD COLUMN "phases" JSONB;
