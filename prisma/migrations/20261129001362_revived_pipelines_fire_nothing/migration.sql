-- As before, and what changed while the pipeline was deleted fires nothing also for triggers that fire for each
-- success: their successes of that time are removed.
CREATE OR REPLACE FUNCTION pause_triggers_of_deleted_pipeline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE triggers SET
            paused_at = now(),
            paused_by = 'system',
            pause_reason = 'the pipeline is deleted',
            next_for = NULL,
            fire_at = NULL,
            revision = revision + 1,
            updated_at = now()
        WHERE pipeline_id = NEW.id AND paused_at IS NULL AND deleted_at IS NULL;
    ELSE
        WITH resumed AS (
            UPDATE triggers SET
                paused_at = NULL,
                paused_by = NULL,
                pause_reason = NULL,
                first_change_at = NULL,
                last_change_at = NULL,
                decided_until = greatest(decided_until, now()),
                next_for = NULL,
                fire_at = now(),
                revision = revision + 1,
                updated_at = now()
            WHERE pipeline_id = NEW.id
                AND paused_by = 'system'
                AND pause_reason = 'the pipeline is deleted'
                AND deleted_at IS NULL
            RETURNING id
        ), dropped AS (
            DELETE FROM trigger_inputs i USING resumed WHERE i.trigger_id = resumed.id AND i.input LIKE 'run:%'
        )
        UPDATE trigger_inputs i SET consumed = i.latest
        FROM resumed
        WHERE i.trigger_id = resumed.id AND i.input NOT LIKE 'run:%';
    END IF;
    RETURN NULL;
END $$;
