-- What is kept for how long, as people set it over HTTP, and what the last round of the clean-up did.
--
-- Each table has one row at most. Without a row, or without a key in it, the environment of the runners decides, as it
-- does for runners of an earlier version, which read neither table nor column.

CREATE TABLE "retention_settings" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "environment" JSONB,
    "choice" JSONB NOT NULL DEFAULT '{}',
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "retention_settings_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "retention_settings"
    ADD CONSTRAINT "retention_settings_one_row" CHECK (id = 1),
    ADD CONSTRAINT "retention_settings_choice_is_an_object" CHECK (jsonb_typeof(choice) = 'object');

CREATE TABLE "retention_status" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "last_run_at" TIMESTAMPTZ(3) NOT NULL,
    "runs_pruned" INTEGER NOT NULL,
    "logs_pruned" INTEGER NOT NULL,
    "quality_pruned" INTEGER NOT NULL,
    "tables_purged" INTEGER NOT NULL,
    "branches_cleaned" INTEGER NOT NULL,
    "lz_runs_cleaned" INTEGER NOT NULL,

    CONSTRAINT "retention_status_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "retention_status"
    ADD CONSTRAINT "retention_status_one_row" CHECK (id = 1);

-- What people set for one pipeline; NULL: nothing.
ALTER TABLE "pipelines" ADD COLUMN "retention" JSONB;

ALTER TABLE "pipelines"
    ADD CONSTRAINT "pipelines_retention_is_an_object" CHECK (retention IS NULL OR jsonb_typeof(retention) = 'object');
