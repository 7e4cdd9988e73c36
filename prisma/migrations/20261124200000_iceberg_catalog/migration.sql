-- Tables become Iceberg tables.
--
-- The catalog is the layout that Iceberg's own JDBC catalogs use (version 1: with iceberg_type), so that other engines
-- read and write the same tables with their stock catalogs. It lies in this database, so that moving a table's pointer
-- and ending its run is one transaction. Snapshot ids are text outside of it: 63 bits do not survive a JSON number.

CREATE SCHEMA "lake";

CREATE TABLE "lake"."iceberg_tables" (
    "catalog_name" VARCHAR(255) NOT NULL,
    "table_namespace" VARCHAR(255) NOT NULL,
    "table_name" VARCHAR(255) NOT NULL,
    "metadata_location" VARCHAR(1000),
    "previous_metadata_location" VARCHAR(1000),
    "iceberg_type" VARCHAR(5),
    PRIMARY KEY ("catalog_name", "table_namespace", "table_name")
);

CREATE TABLE "lake"."iceberg_namespace_properties" (
    "catalog_name" VARCHAR(255) NOT NULL,
    "namespace" VARCHAR(255) NOT NULL,
    "property_key" VARCHAR(255) NOT NULL,
    "property_value" VARCHAR(1000),
    PRIMARY KEY ("catalog_name", "namespace", "property_key")
);

-- What a run did to its table, and what it read.
ALTER TABLE "runs"
    ADD COLUMN "rows_deleted" BIGINT,
    ADD COLUMN "rows_total" BIGINT,
    ADD COLUMN "input_snapshots" JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN "output_snapshot_id" VARCHAR(20);

DROP TABLE "table_pointers";
