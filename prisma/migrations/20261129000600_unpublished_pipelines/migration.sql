-- A pipeline may exist before its first version: its content is then a draft, and its current version is 0. It has an owner, as a
-- namespace has. An idempotency key may belong to a pipeline that it made, where it belonged to a run only.
--
-- Every new column may be NULL: an older process writes pipelines and keys without them. It joins a pipeline to its current
-- version, so it finds no pipeline where there is none.

ALTER TABLE "pipelines" ADD COLUMN "owner" VARCHAR(200);

ALTER TABLE "idempotency_keys" ADD COLUMN "pipeline_id" UUID;
CREATE INDEX "idempotency_keys_pipeline_id_idx" ON "idempotency_keys"("pipeline_id");
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_pipeline_id_fkey" FOREIGN KEY ("pipeline_id") REFERENCES "pipelines"("id") ON DELETE CASCADE ON UPDATE CASCADE;
