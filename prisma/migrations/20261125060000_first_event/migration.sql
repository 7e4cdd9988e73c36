-- The first event of a run's stream comes with the run itself, whoever inserts it: no run is without, and creating one is a
-- single statement, which commits by itself. Two inserts in a transaction are five turns between service and database, and
-- the answer to every POST waits for all of them.
--
-- Only for a run that begins: one that is restored or copied with a history brings its own events.

CREATE FUNCTION runs_first_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
    VALUES (NEW.id, 1, 0, 'status', NEW.created_at,
        '{"status": "pending", "rows_written": null, "duration_ms": null, "error": null}')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- At the commit: a process of the version before writes the event itself, in the same transaction.
CREATE CONSTRAINT TRIGGER runs_first_event AFTER INSERT ON "runs" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'pending' AND NEW.last_seq = 1) EXECUTE FUNCTION runs_first_event();
