-- Groups run several pipelines, each when those whose tables it reads have succeeded. A pipeline of a group has no run
-- before: its run is created under the lock of the group's row, in the transaction that marks the pipeline as running.
-- So a run is created once, whichever process advances the group and whatever dies.

CREATE TABLE "run_groups" (
    "id" UUID NOT NULL,
    "root" VARCHAR(400) NOT NULL,
    "params" JSONB,
    "is_due" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cancelled_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_groups_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "group_nodes" (
    "group_id" UUID NOT NULL,
    "pipeline_id" UUID NOT NULL,
    "needs" UUID[],
    "state" VARCHAR(16) NOT NULL DEFAULT 'waiting',
    "run_id" UUID,

    CONSTRAINT "group_nodes_pkey" PRIMARY KEY ("group_id", "pipeline_id")
);

ALTER TABLE "group_nodes"
    ADD CONSTRAINT "group_nodes_group_id_fkey"
        FOREIGN KEY ("group_id") REFERENCES "run_groups"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    ADD CONSTRAINT "group_nodes_pipeline_id_fkey"
        FOREIGN KEY ("pipeline_id") REFERENCES "pipelines"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    ADD CONSTRAINT "group_nodes_run_id_fkey"
        FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    ADD CONSTRAINT "group_nodes_state_known"
        CHECK (state IN ('waiting', 'running', 'success', 'failed', 'cancelled', 'blocked'));

CREATE INDEX "group_nodes_run_id_idx" ON "group_nodes" ("run_id");

-- What the turns look for several times a second: the groups that have not ended.
CREATE INDEX "run_groups_open_idx" ON "run_groups" ("id") WHERE ended_at IS NULL;
