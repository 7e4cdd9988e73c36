import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LauncherError } from './launcher-error.ts';

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const FOLDER = /^(\d{14})_/;

const HEADER = `-- WHY: replace this line by one or two that say what this migration is for.
--
-- How to write one:
--   * Plain SQL for Postgres, applied as one script by the API at its start (RAT_MIGRATE=1), in the order of the folders' names.
--   * Change prisma/schema.prisma in the same commit. The test "has the columns, keys and indexes of the Prisma models"
--     in packages/store/src/schema.int.test.ts compares the two.
--   * Forward only. A migration that is merged is never edited: write another one.
--   * Expand, then contract: what an older process reads or writes is removed in a later release.
--   * Name every CHECK. What Prisma has no words for (CHECKs, triggers, partial indexes) stands here alone.
-- Delete this list before you commit.

`;

/**
 * Makes the folder and the file of a new migration below `migrations`, and answers the file's path. Its name sorts after all
 * that are there, also when the clock does not. Throws LauncherError for a name that is no snake_case.
 */
export async function createMigrationFile(
  migrations: string,
  name: string,
  now: Date,
): Promise<string> {
  if (!NAME.test(name)) {
    throw new LauncherError(
      `"${name}" is no name for a migration; write it like add_run_labels (a-z, 0-9 and _)`,
    );
  }
  const stamps = (await readdir(migrations)).map((folder) => FOLDER.exec(folder)?.[1] ?? '');
  const folder = join(migrations, `${nextStamp(stamps, now)}_${name}`);
  await mkdir(folder);
  const file = join(folder, 'migration.sql');
  await writeFile(file, HEADER);
  return file;
}

/** The time in UTC as `YYYYMMDDHHMMSS`; a second after the newest stamp when that lies in the future. */
function nextStamp(stamps: readonly string[], now: Date): string {
  const newest = stamps.reduce((most, stamp) => (stamp > most ? stamp : most), '');
  const stamp = toStamp(now);
  return stamp > newest ? stamp : toStamp(new Date(parseStamp(newest).getTime() + 1_000));
}

function toStamp(time: Date): string {
  return time.toISOString().replace(/\D/g, '').slice(0, 14);
}

/** Fields beyond their range carry over: second 61 is the first one of the next minute. */
function parseStamp(stamp: string): Date {
  const part = (from: number, to: number): number => Number(stamp.slice(from, to));
  const day = [part(0, 4), part(4, 6) - 1, part(6, 8)] as const;
  return new Date(Date.UTC(...day, part(8, 10), part(10, 12), part(12, 14)));
}
