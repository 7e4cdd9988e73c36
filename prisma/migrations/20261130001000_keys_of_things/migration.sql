-- An Idempotency-Key stood for a run or a pipeline. It stands for anything that a POST makes: `made` names
-- it, such as {"id": "…"}. Without a foreign key: what was made may be gone, and the key then says so.
ALTER TABLE "idempotency_keys" ADD COLUMN "made" JSONB;
