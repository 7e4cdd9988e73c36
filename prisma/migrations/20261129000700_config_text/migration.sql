-- A version and a draft keep `config.yaml` as its author wrote it, with its comments and its order.
--
-- An older process writes neither column. NULL: the settings were sent as JSON, so the file is made from `config`. In a draft the
-- text counts only while `config_yaml_revision` is the draft's revision: an older process that changes `config` leaves the text behind,
-- and gives the draft a new revision.

ALTER TABLE "pipeline_versions" ADD COLUMN "config_yaml" TEXT;

ALTER TABLE "pipeline_drafts"
    ADD COLUMN "config_yaml" TEXT,
    ADD COLUMN "config_yaml_revision" UUID;
