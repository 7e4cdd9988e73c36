-- Who delivered a file, and who changed what.
--
-- "landing_uploads" is what an upload says beyond the file itself: the storage keeps the content, its size and its time, and no
-- more. A file that was delivered past the API has no row. An older replica writes none either; its uploads look like such files.

CREATE TABLE "landing_uploads" (
    "namespace" VARCHAR(128) NOT NULL,
    "zone" VARCHAR(128) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "modified_at" TIMESTAMPTZ(3) NOT NULL,
    "bytes" BIGINT NOT NULL,
    "content_type" VARCHAR(255),
    "uploaded_by" VARCHAR(200),
    "uploaded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    -- With the time of the file: a replaced file, and one of the same name that was archived before, keep their own sender.
    CONSTRAINT "landing_uploads_pkey" PRIMARY KEY ("namespace","zone","name","modified_at")
);

ALTER TABLE "landing_uploads" ADD CONSTRAINT "landing_uploads_namespace_fkey" FOREIGN KEY ("namespace") REFERENCES "namespaces"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- What a runner looks for every hour: the rows whose time is over.
CREATE INDEX "landing_uploads_uploaded_at_idx" ON "landing_uploads"("uploaded_at");

-- The words of a person about the form of the files. "expected_columns" is what uploads are compared with.
ALTER TABLE "landing_zones" ADD COLUMN "expected_schema" TEXT;

-- One row for each request that could change something, with its outcome. No row holds a body, so none holds a secret.
CREATE TABLE "audit_entries" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "who" VARCHAR(200),
    "action" VARCHAR(64) NOT NULL,
    "resource" VARCHAR(500) NOT NULL,
    "status" SMALLINT NOT NULL,
    "request_id" VARCHAR(128) NOT NULL,
    "ip" VARCHAR(64),

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- The order of the list, and what retention removes.
CREATE INDEX "audit_entries_at_id_idx" ON "audit_entries"("at" DESC, "id" DESC);
CREATE INDEX "audit_entries_who_at_id_idx" ON "audit_entries"("who", "at" DESC, "id" DESC);
CREATE INDEX "audit_entries_resource_at_id_idx" ON "audit_entries"("resource", "at" DESC, "id" DESC);

-- An entry is never changed, and not removed before it is 30 days old: the shortest time that retention can be set to.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD."at" < now() - interval '30 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit entries are append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER "audit_entries_are_append_only"
    BEFORE UPDATE OR DELETE ON "audit_entries"
    FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();

CREATE TRIGGER "audit_entries_are_not_truncated"
    BEFORE TRUNCATE ON "audit_entries"
    FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
