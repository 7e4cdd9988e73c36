-- Who may use the API. A token is shown once, when it is made, and only its SHA-256 is stored: 256 random bits need no slower
-- hash. A revoked token keeps its row, because sign-in is on as soon as there is any row: taking the last token back must not
-- open the API. An older API beside a new one knows no token and lets everybody in, as it did before; it must be stopped.

CREATE TABLE "tokens" (
    "id" UUID NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "hash" BYTEA NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "namespaces" VARCHAR(128)[],
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_by" VARCHAR(200),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "tokens"
    ADD CONSTRAINT "tokens_role_known" CHECK (role IN ('viewer', 'operator', 'author', 'admin')),
    ADD CONSTRAINT "tokens_hash_is_sha256" CHECK (octet_length(hash) = 32);

CREATE UNIQUE INDEX "tokens_hash_key" ON "tokens"("hash");

-- The name says who did something, so no two valid tokens share one.
CREATE UNIQUE INDEX "tokens_name_in_use" ON "tokens"("name") WHERE revoked_at IS NULL;

-- What stands for a token for a while: the session of a browser, or a ticket that opens one event stream. A row without a
-- token stands for the token in RAT_ADMIN_TOKEN whose SHA-256 it holds, so that a new one ends the sessions of the old one.
CREATE TABLE "token_stand_ins" (
    "hash" BYTEA NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "token_id" UUID,
    "admin_hash" BYTEA,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "token_stand_ins_pkey" PRIMARY KEY ("hash")
);

ALTER TABLE "token_stand_ins" ADD CONSTRAINT "token_stand_ins_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "tokens"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "token_stand_ins"
    ADD CONSTRAINT "token_stand_ins_kind_known" CHECK (kind IN ('session', 'ticket')),
    ADD CONSTRAINT "token_stand_ins_for_one" CHECK ((token_id IS NULL) <> (admin_hash IS NULL));

CREATE INDEX "token_stand_ins_expires_at_idx" ON "token_stand_ins"("expires_at");
