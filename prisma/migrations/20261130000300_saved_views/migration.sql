-- The filters of a screen of the console under a name, for their owner or shared. A view holds no data: the list that it
-- opens shows what its reader may see. The owner is a name, as in the audit log, so a token that replaces another one of the
-- same name keeps the views. NULL: sign-in was off, and the request named nobody. An older API beside a new one knows no view.

CREATE TABLE "saved_views" (
    "id" UUID NOT NULL,
    "owner" VARCHAR(200),
    "screen" VARCHAR(32) NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "query" JSONB NOT NULL,
    "shared" BOOLEAN NOT NULL,
    "namespaces" VARCHAR(128)[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "saved_views_pkey" PRIMARY KEY ("id")
);

-- No name is empty, so an empty text stands for no owner.
CREATE UNIQUE INDEX "saved_views_name_of_owner" ON "saved_views"(coalesce("owner", ''), "screen", "name");

-- For the shared views. The table is small: an owner has at most 100.
CREATE INDEX "saved_views_shared" ON "saved_views"("screen", "name") WHERE shared;
