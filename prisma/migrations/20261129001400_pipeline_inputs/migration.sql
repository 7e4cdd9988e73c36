-- What each version of a pipeline reads, by its templates: the tables that it names, the landing zones, and the tables
-- and zones of its quality tests. The lineage and the check for cycles read these rows, so neither renders templates of
-- other pipelines.
--
-- A version that was stored before this migration, or by an API of an older release, has no rows yet: only the API can
-- render a template. "inputs_listed" marks the versions whose rows are complete. The API lists the others on its own.

CREATE TABLE "pipeline_inputs" (
    "version_id" UUID NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "target" VARCHAR(400) NOT NULL,

    CONSTRAINT "pipeline_inputs_pkey" PRIMARY KEY ("version_id", "kind", "target")
);

ALTER TABLE "pipeline_inputs" ADD CONSTRAINT "pipeline_inputs_version_id_fkey"
    FOREIGN KEY ("version_id") REFERENCES "pipeline_versions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "pipeline_inputs"
    ADD CONSTRAINT "pipeline_inputs_kind_known" CHECK (kind IN ('ref', 'landing', 'test'));

ALTER TABLE "pipeline_versions" ADD COLUMN "inputs_listed" BOOLEAN NOT NULL DEFAULT false;

-- Empty once every version is listed, so that the look for those that are not costs nothing.
CREATE INDEX "pipeline_versions_unlisted_idx" ON "pipeline_versions" ("pipeline_id", "version") WHERE NOT inputs_listed;
