-- Triggers: a pipeline runs because something changed. And what they compare: the newest state of each input.
--
-- A trigger compares states, and consumes no events. `trigger_inputs` has the newest state of each input (`latest`) and
-- the one that the trigger decided about last (`consumed`). The firing and the new mark commit together.

CREATE TABLE "triggers" (
    "id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "name" VARCHAR(64) NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "config" JSONB NOT NULL,
    "debounce_seconds" INTEGER NOT NULL DEFAULT 0,
    "max_wait_seconds" INTEGER,
    "cooldown_seconds" INTEGER NOT NULL DEFAULT 0,
    "max_per_hour" INTEGER NOT NULL DEFAULT 120,
    "overlap" VARCHAR(16) NOT NULL DEFAULT 'inherit',
    "priority" SMALLINT NOT NULL DEFAULT 0,
    "expires_in_seconds" INTEGER,
    "params" JSONB,
    "first_change_at" TIMESTAMPTZ(3),
    "last_change_at" TIMESTAMPTZ(3),
    "last_fired_at" TIMESTAMPTZ(3),
    "fire_at" TIMESTAMPTZ(3),
    "next_for" TIMESTAMPTZ(3),
    "decided_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "tzdata" VARCHAR(16) NOT NULL DEFAULT '',
    "secrets" BYTEA[] DEFAULT ARRAY[]::BYTEA[],
    "managed_by" VARCHAR(8) NOT NULL DEFAULT 'api',
    "paused_at" TIMESTAMPTZ(3),
    "paused_by" VARCHAR(200),
    "pause_reason" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "triggers_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "trigger_inputs" (
    "trigger_id" UUID NOT NULL,
    "input" VARCHAR(300) NOT NULL,
    "consumed" TEXT,
    "latest" TEXT,
    "latest_xid" BIGINT NOT NULL DEFAULT 0,
    "latest_position" BIGINT NOT NULL DEFAULT 0,
    "latest_at" TIMESTAMPTZ(3),
    "run_id" UUID,

    CONSTRAINT "trigger_inputs_pkey" PRIMARY KEY ("trigger_id", "input")
);

CREATE TABLE "automation_cursors" (
    "name" VARCHAR(32) NOT NULL,
    "xid" BIGINT NOT NULL,
    "position" BIGINT NOT NULL,
    "swept_at" TIMESTAMPTZ(3),

    CONSTRAINT "automation_cursors_pkey" PRIMARY KEY ("name")
);

CREATE TABLE "webhook_deliveries" (
    "trigger_id" UUID NOT NULL,
    "delivery_id" VARCHAR(300) NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "params" JSONB,
    "body" TEXT,
    "firing_id" UUID,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("trigger_id", "delivery_id")
);

CREATE TABLE "zone_heads" (
    "namespace" VARCHAR(128) NOT NULL,
    "zone" VARCHAR(128) NOT NULL,
    "scanned_at" TIMESTAMPTZ(3),

    CONSTRAINT "zone_heads_pkey" PRIMARY KEY ("namespace", "zone")
);

CREATE TABLE "zone_files" (
    "namespace" VARCHAR(128) NOT NULL,
    "zone" VARCHAR(128) NOT NULL,
    "path" VARCHAR(1024) NOT NULL,
    "bytes" BIGINT NOT NULL,
    "modified_at" TIMESTAMPTZ(3) NOT NULL,
    "position" BIGINT,

    CONSTRAINT "zone_files_pkey" PRIMARY KEY ("namespace", "zone", "path")
);

CREATE TABLE "table_heads" (
    "ref" VARCHAR(300) NOT NULL,
    "data_version" VARCHAR(20) NOT NULL,
    "metadata_location" VARCHAR(1000) NOT NULL,
    "run_id" UUID,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "table_heads_pkey" PRIMARY KEY ("ref")
);

CREATE TABLE "table_moves" (
    "id" BIGSERIAL NOT NULL,
    "ref" VARCHAR(300) NOT NULL,
    "metadata_location" VARCHAR(1000) NOT NULL,
    "moved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "table_moves_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "firings"
    ADD COLUMN "causes" JSONB,
    ADD COLUMN "depth" SMALLINT NOT NULL DEFAULT 0,
    ADD COLUMN "ancestors" UUID[] DEFAULT ARRAY[]::UUID[];

ALTER TABLE "triggers" ADD CONSTRAINT "triggers_pipeline_id_fkey" FOREIGN KEY ("pipeline_id") REFERENCES "pipelines"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "trigger_inputs" ADD CONSTRAINT "trigger_inputs_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "triggers"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_trigger_id_fkey" FOREIGN KEY ("trigger_id") REFERENCES "triggers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "triggers"
    ADD CONSTRAINT "triggers_kind_known" CHECK (kind IN ('upload', 'upstream', 'table', 'dependency', 'webhook')),
    ADD CONSTRAINT "triggers_overlap_known" CHECK (overlap IN ('inherit', 'skip', 'queue_one', 'queue', 'replace')),
    ADD CONSTRAINT "triggers_paused_never_fires" CHECK (paused_at IS NULL OR fire_at IS NULL),
    ADD CONSTRAINT "triggers_deleted_never_fires" CHECK (deleted_at IS NULL OR fire_at IS NULL),
    ADD CONSTRAINT "triggers_priority_known" CHECK (priority BETWEEN -100 AND 100);

CREATE UNIQUE INDEX "triggers_name_idx" ON "triggers"("pipeline_id", "name") WHERE deleted_at IS NULL;
CREATE INDEX "triggers_due_idx" ON "triggers"("fire_at") WHERE fire_at IS NOT NULL;
CREATE INDEX "trigger_inputs_input_idx" ON "trigger_inputs"("input");
CREATE INDEX "webhook_deliveries_received_at_idx" ON "webhook_deliveries"("received_at");
CREATE INDEX "webhook_deliveries_trigger_id_position_idx" ON "webhook_deliveries"("trigger_id", "position");
CREATE INDEX "zone_files_namespace_zone_position_idx" ON "zone_files"("namespace", "zone", "position");

-- Numbers the states of files in their order of arrival; drawn under the lock of the zone's row.
CREATE SEQUENCE "zone_files_order";

-- The feed begins with the present: the successes of the past fire nothing.
INSERT INTO "automation_cursors" ("name", "xid", "position")
    VALUES ('triggers', pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0);

-- A trigger of a deleted pipeline is paused, and goes on when the pipeline is put back. What changed in between fires
-- nothing then. A trigger of the database, because an older replica that deletes a pipeline knows no triggers.
CREATE FUNCTION pause_triggers_of_deleted_pipeline() RETURNS trigger LANGUAGE plpgsql AS $$
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
        )
        UPDATE trigger_inputs i SET consumed = i.latest FROM resumed WHERE i.trigger_id = resumed.id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER pipelines_pause_triggers AFTER UPDATE OF deleted_at ON "pipelines"
    FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION pause_triggers_of_deleted_pipeline();

-- Every writer of a table moves its pointer in the catalog, whichever program it is. The moves of tables that a trigger
-- watches are noted, and a runner reads what they changed. SECURITY DEFINER: a writer may have no right to anything
-- but the catalog.
CREATE FUNCTION note_table_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ref text := regexp_replace(NEW.table_namespace, '_(bronze|silver|gold)$', '.\1') || '.' || NEW.table_name;
BEGIN
    IF NEW.metadata_location IS NOT NULL
        AND NEW.catalog_name = 'rat'
        AND EXISTS (SELECT 1 FROM trigger_inputs WHERE input = 'table:' || ref)
    THEN
        INSERT INTO table_moves (ref, metadata_location) VALUES (ref, NEW.metadata_location);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER iceberg_tables_note_move AFTER INSERT OR UPDATE OF metadata_location ON "lake"."iceberg_tables"
    FOR EACH ROW EXECUTE FUNCTION note_table_move();
