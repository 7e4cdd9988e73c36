-- Streams tell progress, and the status changes of all runs get one order.
--
-- A seq is a run's own, so a reader of all runs needs an order of its own, in which nothing can appear behind it. A number
-- from a sequence is not one: it is drawn before the commit, and a transaction that draws 5 can commit after the one that
-- draws 6. So a status row also says which transaction wrote it; a reader takes only rows of transactions older than every
-- one that is still open, and below that horizon nothing can be added any more.

ALTER TABLE "run_events"
    DROP CONSTRAINT "run_events_kind_known",
    ADD CONSTRAINT "run_events_kind_known" CHECK (kind IN ('status', 'phase', 'log', 'progress')),
    ADD COLUMN "commit_xid" BIGINT,
    ADD COLUMN "position" BIGINT;

CREATE SEQUENCE "run_events_position";

-- What is there already is older than every transaction to come.
UPDATE "run_events" SET commit_xid = 0, position = ordered.position
FROM (SELECT run_id, seq, row_number() OVER (ORDER BY at, run_id, seq) AS position FROM "run_events" WHERE kind = 'status')
    AS ordered
WHERE "run_events".run_id = ordered.run_id AND "run_events".seq = ordered.seq;

ALTER TABLE "run_events"
    ADD CONSTRAINT "run_events_status_ordered" CHECK ((kind = 'status') = (commit_xid IS NOT NULL AND position IS NOT NULL));

-- Small: of a run's many rows only its handful of status changes.
CREATE INDEX "run_events_status_order_idx" ON "run_events"("commit_xid", "position") WHERE kind = 'status';

-- A trigger, so that no statement that writes a status row can forget it; a log line does not pay for it.
CREATE FUNCTION run_events_order_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.commit_xid := pg_current_xact_id()::text::bigint;
    NEW.position := nextval('run_events_position');
    RETURN NEW;
END $$;

CREATE TRIGGER run_events_order_status BEFORE INSERT ON "run_events"
    FOR EACH ROW WHEN (NEW.kind = 'status') EXECUTE FUNCTION run_events_order_status();
