import { join } from 'node:path';
import { EmbeddedPostgres } from '@rat/embedded-postgres';
import type { Home } from './home.ts';
import { openLog } from './log-file.ts';

const DATABASE = 'rat';
const MAX_CONNECTIONS = 200;

export interface Database {
  url: string;
  /** Settles when a server of ours has ended; never for someone else's. */
  lost: Promise<void>;
  close: () => Promise<void>;
}

/**
 * The database named by `url`, or a private one below `home`, whose server is in `group` where it runs as a user of its own:
 * that group may pass through `home`. The API migrates it.
 */
export async function openDatabase(
  home: Home,
  { url, group }: { url: string | undefined; group: number | undefined },
): Promise<Database> {
  if (url !== undefined) {
    return { url, lost: new Promise(() => undefined), close: () => Promise.resolve() };
  }
  const logFile = join(home.logs, 'postgres.log');
  await (await openLog(logFile)).close();
  const postgres = await EmbeddedPostgres.start({
    home: home.root,
    logFile,
    durability: 'durable',
    maxConnections: MAX_CONNECTIONS,
    ...(group === undefined ? {} : { group }),
  });
  try {
    await postgres.ensureDatabase(DATABASE);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return { url: postgres.url(DATABASE), lost: postgres.exited, close: () => postgres.stop() };
}
