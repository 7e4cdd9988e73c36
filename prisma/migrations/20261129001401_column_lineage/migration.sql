-- Which columns of which tables each column of a version's result is computed from, as the engine bound the SQL of the
-- newest successful run. One row a version, as one document: it is read as a whole, and a table's readers are found by
-- the inputs of their versions, so no index over single columns is needed. NULL: the engine could not tell.

CREATE TABLE "column_lineage" (
    "version_id" UUID NOT NULL,
    "columns" JSONB,

    CONSTRAINT "column_lineage_pkey" PRIMARY KEY ("version_id")
);

ALTER TABLE "column_lineage" ADD CONSTRAINT "column_lineage_version_id_fkey"
    FOREIGN KEY ("version_id") REFERENCES "pipeline_versions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who reads a table.
CREATE INDEX "pipeline_inputs_target_idx" ON "pipeline_inputs" ("target");
