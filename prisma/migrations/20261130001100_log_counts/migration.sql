-- A run shows how many lines of each level its log has. While the lines are in run_events they are counted there; when the
-- stream moves to a file, the statement that notes the path notes the counts, so that a reader of the run opens no file.
--
-- NULL for a stream that an older process archives or has archived: the API then shows no counts.

ALTER TABLE "runs" ADD COLUMN "log_counts" JSONB;
