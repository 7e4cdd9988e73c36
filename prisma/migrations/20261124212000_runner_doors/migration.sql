-- Where the API reaches a runner that answers for the data: tables, queries, uploads.
--
-- The key is made anew by every runner process and proves to it that a request comes from somebody who can read this
-- database. Both are absent while a runner has not opened its door.

ALTER TABLE "runners"
    ADD COLUMN "door_url" VARCHAR(300),
    ADD COLUMN "door_key" VARCHAR(100);
