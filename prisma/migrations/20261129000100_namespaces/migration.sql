-- Namespaces are made and deleted over HTTP. A deleted namespace keeps its row, as a deleted pipeline does: ended runs and
-- deleted pipelines keep the name that they had, and foreign keys refer to the row. Making it again restores it.

ALTER TABLE "namespaces"
    ADD COLUMN "description" TEXT,
    ADD COLUMN "owner" VARCHAR(200),
    ADD COLUMN "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "deleted_at" TIMESTAMPTZ(3),
    ADD CONSTRAINT "namespaces_default_stays" CHECK (name <> 'default' OR deleted_at IS NULL);

-- A live pipeline has a live namespace. The share lock waits for a delete of the namespace under way, and a delete waits for
-- it: the foreign key's own lock does neither. It holds for processes of an older version too, which do not ask.
CREATE FUNCTION pipelines_need_namespace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM namespaces WHERE name = NEW.namespace AND deleted_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'namespace % does not exist', NEW.namespace USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER pipelines_need_namespace BEFORE INSERT OR UPDATE OF deleted_at ON "pipelines"
    FOR EACH ROW WHEN (NEW.deleted_at IS NULL) EXECUTE FUNCTION pipelines_need_namespace();
