import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isInitialised } from './data-directory.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { canReach, makeReachable, REACHABLE_ROOT } from './reach.ts';
import type { ServerUser } from './server-user.ts';

/**
 * A file in the home with the path of its database if that is elsewhere. It moves and is deleted
 * with the home.
 */
const NOTE = 'postgres.location';
/** A file next to a database outside of its home, with the path of that home. */
const OWNER = 'home';

/**
 * The folder of the database of `home`: `home/postgres`, or, if the server’s user cannot traverse
 * `home`, a folder elsewhere whose path a file in `home` stores. If a home is deleted and created
 * again, that file is missing and it gets a new database, as it would with the data inside.
 */
export async function locateData(home: string, user: ServerUser | undefined): Promise<string> {
  const inside = join(home, 'postgres');
  if (user === undefined) return inside;
  const noted = await readNote(home);
  if (noted !== undefined) {
    await claim(noted, home);
    return noted;
  }
  if (await canReach(user, home)) return inside;
  if (await isInitialised(inside)) {
    throw new EmbeddedPostgresError(
      `the database in ${inside} is there, but Postgres runs as user "${user.name}", who may not enter every folder ` +
        'on the way; allow it (chmod o+x) or move it to an open place with RAT_HOME',
    );
  }
  const outside = join(REACHABLE_ROOT, randomUUID(), 'postgres');
  await claim(outside, home);
  await writeFile(
    join(home, NOTE),
    `${outside}\nThe database of this folder, kept there because user "${user.name}" may not enter here.\n`,
  );
  return outside;
}

/** The folder in which the database of `home` is, if it has one. Creates nothing. */
export async function findData(home: string): Promise<string> {
  return (await readNote(home)) ?? join(home, 'postgres');
}

async function readNote(home: string): Promise<string | undefined> {
  const text = await readFile(join(home, NOTE), 'utf8').catch(() => '');
  const [path = ''] = text.split('\n');
  return path.startsWith(`${REACHABLE_ROOT}/`) ? path : undefined;
}

/**
 * Registers `home` as the owner of a database outside of it. A copied home has a copied path: two
 * homes on one database would each stop the other’s server as an orphan.
 */
async function claim(dataDir: string, home: string): Promise<void> {
  const folder = dirname(dataDir);
  const ownerFile = join(folder, OWNER);
  const here = realpathSync(home);
  const owner = await readFile(ownerFile, 'utf8').catch(() => here);
  if (owner !== here && existsSync(join(owner, NOTE))) {
    throw new EmbeddedPostgresError(
      `${join(home, NOTE)} points to a database that belongs to ${owner}; ` +
        `this folder is a copy: delete that file and postgres.password to start a database of its own`,
    );
  }
  await makeReachable(folder);
  await writeFile(ownerFile, here);
}
