-- An entry of the audit log names the things that a request on many of them changed, and the token and the session
-- that the request was sent with: a name can pass to another token, an id cannot.
ALTER TABLE "audit_entries"
  ADD COLUMN "objects" JSONB,
  ADD COLUMN "token_id" UUID,
  ADD COLUMN "session_id" VARCHAR(16);

CREATE INDEX "audit_entries_token_id_at_id_idx" ON "audit_entries" ("token_id", "at" DESC, "id" DESC)
  WHERE "token_id" IS NOT NULL;
