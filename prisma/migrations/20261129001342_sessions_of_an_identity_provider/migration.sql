-- A person who signs in at an identity provider has no token: the session itself holds who it is for and what its groups
-- allowed at that time. An API of an older version finds neither a token nor its administrator behind such a row, and
-- takes the session for one that has ended.
ALTER TABLE "token_stand_ins" ADD COLUMN "person" JSONB;

ALTER TABLE "token_stand_ins"
    DROP CONSTRAINT "token_stand_ins_for_one",
    ADD CONSTRAINT "token_stand_ins_for_one" CHECK (num_nonnulls(token_id, admin_hash, person) = 1);
