-- A runner announces how closely it confines the processes that execute SQL, so that readiness can show the weakest one.
-- A runner of an older version does not say: ''.

ALTER TABLE "runners" ADD COLUMN "sandbox" VARCHAR(32) NOT NULL DEFAULT '';
