-- An idempotency key may belong to an upload: a run may have read and archived the file when the client, which has lost the
-- answer, sends it again. Neither a run nor a pipeline belongs to such a key, so it has what the answer needs, and the namespace,
-- with whose other facts it is removed.
--
-- Both columns may be NULL: an older process writes keys without them, and takes a key of an upload for a free one.

ALTER TABLE "idempotency_keys" ADD COLUMN "namespace" VARCHAR(128);
ALTER TABLE "idempotency_keys" ADD COLUMN "upload" JSONB;
