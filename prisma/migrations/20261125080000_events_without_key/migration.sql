-- More than half of what it takes to append a log line was the foreign key to its run, which asks for the run once a row.
-- Every statement that writes an event changes or inserts the run in the same breath, so the run is there; and with
-- a run its events go, by trigger as they did by the key.

ALTER TABLE "run_events" DROP CONSTRAINT "run_events_run_id_fkey";

CREATE FUNCTION runs_remove_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM run_events WHERE run_id IN (SELECT id FROM removed);
    RETURN NULL;
END $$;

CREATE FUNCTION runs_truncate_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE run_events;
    RETURN NULL;
END $$;

CREATE TRIGGER runs_truncate_events AFTER TRUNCATE ON "runs"
    FOR EACH STATEMENT EXECUTE FUNCTION runs_truncate_events();
CREATE TRIGGER runs_remove_events AFTER DELETE ON "runs"
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION runs_remove_events();
