-- A ticket that a session asked for opened a stream that outlived the session: only the token behind it was
-- known. The ticket now names its session, and is removed together with it.
ALTER TABLE "token_stand_ins"
  ADD COLUMN "session_hash" BYTEA REFERENCES "token_stand_ins" ("hash") ON DELETE CASCADE;

-- For the cascade: without it each end of a session would read the whole table.
CREATE INDEX "token_stand_ins_session_hash_idx" ON "token_stand_ins" ("session_hash");
