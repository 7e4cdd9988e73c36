import { dirname } from 'node:path';
import { lstat, mkdir } from 'node:fs/promises';
import { closeFolder, homeGroup, shareFolder, type ExecutorUser, type Logger } from '@rat/runtime';
import { Children } from './children.ts';
import { chooseSandbox } from './choose-sandbox.ts';
import type { SandboxPlaces } from './sandbox-command.ts';

/**
 * Prepares the sandbox of the children: makes their folders, closes RAT_HOME to other users, finds
 * the strongest sandbox that works here, and logs it. The log line is a warning where children are
 * ordinary processes of our own user.
 */
export async function openChildren(options: {
  home: string;
  places: SandboxPlaces;
  user: ExecutorUser | undefined;
  /** Whether bwrap may be used. */
  bwrap: boolean;
  /** Whether each child opens a port for a debugger. Without its network sandbox only: a port inside cannot be reached. */
  inspect: boolean;
  log: Logger;
}): Promise<Children> {
  const { home, places, user, log } = options;
  try {
    await openFolders(home, places, user);
  } catch (err) {
    // On a disk without owners and modes, or in another user's folder, the data is as open as that
    // folder.
    log.warn({ err }, 'folders could not be closed to other users');
    for (const folder of Object.values(places)) await mkdir(folder, { recursive: true });
  }
  const bwrap = options.bwrap && !options.inspect;
  const { sandbox, refused } = await chooseSandbox({ ...options, bwrap });
  const facts = { sandbox: sandbox.level, not: refused.length > 0 ? refused : undefined };
  if (sandbox.level === 'process') {
    log.warn(
      facts,
      'SQL is executed without a second line of defence: as this user, who can read all that the runner can; install bubblewrap, or start the runner as root',
    );
  } else {
    log.info(facts, 'sandbox of executors');
  }
  if (!options.inspect) return new Children(sandbox);
  log.warn(
    'SQL is executed without its network sandbox, and every user of this machine can debug it',
  );
  return new Children(sandbox, (address) =>
    log.info({ address }, 'executor listens for a debugger'),
  );
}

/** Makes the folders with the owners and modes that the level `user` relies on. */
export async function openFolders(
  home: string,
  places: SandboxPlaces,
  user: ExecutorUser | undefined,
): Promise<void> {
  await closeFolder(home, homeGroup(user));
  if (user === undefined) {
    for (const folder of Object.values(places)) await mkdir(folder, { recursive: true });
    return;
  }
  const { gid } = user;
  await shareFolder(places.warehouse, gid);
  if (await isOurs(home, places.landing)) await shareFolder(places.landing, gid);
  await closeFolder(dirname(places.temp), gid);
  await closeFolder(places.temp, gid);
}

/**
 * An existing landing folder elsewhere keeps its owner and mode: the people who deliver files into
 * it need them.
 */
async function isOurs(home: string, landing: string): Promise<boolean> {
  if (landing.startsWith(`${home}/`)) return true;
  return lstat(landing).then(
    () => false,
    () => true,
  );
}
