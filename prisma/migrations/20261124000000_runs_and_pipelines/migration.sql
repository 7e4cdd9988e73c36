-- Runs, the pipelines that they run, and the streams that tell of them.
--
-- Tables and indexes are what prisma/schema.prisma says. Below them stands what Prisma has no words for: the CHECKs and
-- the trigger that hold the run's law in the database itself, so that no statement, ours or an operator's, can break it.

-- CreateTable
CREATE TABLE "namespaces" (
    "name" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "namespaces_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "pipelines" (
    "id" UUID NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "name" VARCHAR(128) NOT NULL,
    "description" TEXT,
    "current_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "pipelines_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pipeline_versions" (
    "id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "sql" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "quality_tests" JSONB NOT NULL,
    "content_hash" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pipeline_versions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "pipeline_version_id" UUID NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "pipeline" VARCHAR(128) NOT NULL,
    "status" VARCHAR(16) NOT NULL DEFAULT 'pending',
    "trigger" VARCHAR(100) NOT NULL DEFAULT 'manual',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL,
    "interruptions" INTEGER NOT NULL DEFAULT 0,
    "runner_id" VARCHAR(200),
    "lease_expires_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "enqueued_at" TIMESTAMPTZ(3),
    "not_before" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "duration_ms" BIGINT,
    "rows_written" BIGINT,
    "error" TEXT,
    "failure_code" VARCHAR(32),
    "failure" JSONB,
    "phases" JSONB NOT NULL DEFAULT '[]',
    "logs_s3_path" TEXT,
    "last_seq" INTEGER NOT NULL DEFAULT 1,
    "attempt_events" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_events" (
    "run_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "level" VARCHAR(8),
    "phase" VARCHAR(16),
    "message" TEXT,
    "payload" JSONB,

    CONSTRAINT "run_events_pkey" PRIMARY KEY ("run_id","seq")
);

-- CreateTable
CREATE TABLE "table_pointers" (
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "name" VARCHAR(128) NOT NULL,
    "run_id" UUID NOT NULL,
    "files" JSONB NOT NULL,
    "columns" JSONB NOT NULL,
    "row_count" BIGINT NOT NULL,
    "byte_count" BIGINT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "table_pointers_pkey" PRIMARY KEY ("namespace","layer","name")
);

-- CreateTable
CREATE TABLE "runners" (
    "id" VARCHAR(200) NOT NULL,
    "host" VARCHAR(255) NOT NULL,
    "pid" INTEGER NOT NULL,
    "slots" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runners_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "pipelines_namespace_layer_name_key" ON "pipelines"("namespace", "layer", "name");

-- CreateIndex
CREATE UNIQUE INDEX "pipeline_versions_pipeline_id_version_key" ON "pipeline_versions"("pipeline_id", "version");

-- CreateIndex
CREATE INDEX "runs_created_at_id_idx" ON "runs"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "runs_namespace_layer_pipeline_created_at_id_idx" ON "runs"("namespace", "layer", "pipeline", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "runs_status_created_at_id_idx" ON "runs"("status", "created_at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_namespace_fkey" FOREIGN KEY ("namespace") REFERENCES "namespaces"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pipeline_versions" ADD CONSTRAINT "pipeline_versions_pipeline_id_fkey" FOREIGN KEY ("pipeline_id") REFERENCES "pipelines"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_pipeline_id_fkey" FOREIGN KEY ("pipeline_id") REFERENCES "pipelines"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_pipeline_version_id_fkey" FOREIGN KEY ("pipeline_version_id") REFERENCES "pipeline_versions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Room on the page for the new row version of a heartbeat or an append, so that they touch no index (HOT updates).
ALTER TABLE "runs" SET (fillfactor = 70);

-- The rescue loop's two questions. Both are small: they hold only runs that have not ended.
CREATE INDEX "runs_pending_idx" ON "runs"("created_at") WHERE status = 'pending';
CREATE INDEX "runs_running_idx" ON "runs"("id") WHERE status = 'running';

ALTER TABLE "runs"
    ADD CONSTRAINT "runs_status_known" CHECK (status IN ('pending', 'running', 'success', 'failed', 'cancelled')),
    ADD CONSTRAINT "runs_layer_known" CHECK (layer IN ('bronze', 'silver', 'gold')),
    ADD CONSTRAINT "runs_terminal_iff_finished" CHECK ((status IN ('success', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    ADD CONSTRAINT "runs_running_has_lease" CHECK ((status = 'running') = (lease_expires_at IS NOT NULL)
        AND (status <> 'running' OR (runner_id IS NOT NULL AND attempt >= 1 AND started_at IS NOT NULL))),
    ADD CONSTRAINT "runs_failed_iff_failure_code" CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
    ADD CONSTRAINT "runs_success_has_rows" CHECK (status <> 'success' OR rows_written IS NOT NULL),
    ADD CONSTRAINT "runs_pending_not_cancelling" CHECK (status <> 'pending' OR cancel_requested_at IS NULL);

ALTER TABLE "pipelines"
    ADD CONSTRAINT "pipelines_layer_known" CHECK (layer IN ('bronze', 'silver', 'gold'));

ALTER TABLE "run_events"
    ADD CONSTRAINT "run_events_kind_known" CHECK (kind IN ('status', 'phase', 'log'));

-- The table of packages/domain/src/run-transitions.ts, once more: a run moves only along its arrows, and a terminal run
-- never moves. A test walks every cell of both.
CREATE FUNCTION runs_guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (
        (OLD.status = 'pending' AND NEW.status IN ('running', 'cancelled'))
        OR (OLD.status = 'running' AND NEW.status IN ('pending', 'success', 'failed', 'cancelled'))
    ) THEN
        RAISE EXCEPTION 'run % may not move from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER runs_guard_transition BEFORE UPDATE OF status ON "runs"
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION runs_guard_transition();

INSERT INTO "namespaces" (name) VALUES ('default');
