-- An author can be limited to namespaces. Each version and each draft keeps the namespaces that whoever wrote it could read,
-- so that the runner refuses tables of others. NULL: all, as for everything that was stored before.
ALTER TABLE "pipeline_versions" ADD COLUMN "may_read" VARCHAR(128)[];
ALTER TABLE "pipeline_drafts" ADD COLUMN "may_read" VARCHAR(128)[];
