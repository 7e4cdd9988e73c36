-- A version names its author and the reason for the change. A draft keeps unfinished content beside the published pipeline.
-- An attempt keeps the SQL that it executed.
--
-- Every new column may be NULL: an older process writes versions and attempts without them.

ALTER TABLE "pipeline_versions"
    ADD COLUMN "author" VARCHAR(200),
    ADD COLUMN "message" TEXT;

ALTER TABLE "run_attempts"
    ADD COLUMN "executed_sql" JSONB;

-- A draft may precede its pipeline, so its key is the pipeline's name. Its namespace takes it along.
CREATE TABLE "pipeline_drafts" (
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "name" VARCHAR(128) NOT NULL,
    "revision" UUID NOT NULL,
    "base_version" INTEGER NOT NULL,
    "sql" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "quality_tests" JSONB NOT NULL,
    "author" VARCHAR(200),
    "message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pipeline_drafts_pkey" PRIMARY KEY ("namespace","layer","name"),
    CONSTRAINT "pipeline_drafts_layer_known" CHECK (layer IN ('bronze', 'silver', 'gold')),
    CONSTRAINT "pipeline_drafts_base_version_known" CHECK (base_version >= 0)
);

ALTER TABLE "pipeline_drafts" ADD CONSTRAINT "pipeline_drafts_namespace_fkey" FOREIGN KEY ("namespace") REFERENCES "namespaces"("name") ON DELETE CASCADE ON UPDATE CASCADE;
