import { join } from 'node:path';
import { EmbeddedPostgres } from '@rat/embedded-postgres';
import { coerceError, waitFor } from '@rat/runtime';
import type { Home } from './home.ts';
import { openLog } from './log-file.ts';
import { decideRestart } from './restart-policy.ts';

/** The name of the private database. */
export const DATABASE = 'rat';
const MAX_CONNECTIONS = 200;

export interface Database {
  url: string;
  /** Settles when a private server ended and could not be restarted; never for an external one. */
  lost: Promise<void>;
  close: () => Promise<void>;
}

/**
 * Opens the database at `url`, or starts a private server below `home` and keeps it running. Where
 * the server runs as another user, that user is in `group`, which may pass through `home`. The API
 * migrates the database.
 */
export async function openDatabase(
  home: Home,
  { url, group }: { url: string | undefined; group: number | undefined },
  say: (line: string) => void,
): Promise<Database> {
  if (url !== undefined) {
    return { url, lost: new Promise(() => undefined), close: () => Promise.resolve() };
  }
  await (await openLog(logFile(home))).close();
  const start = (port?: number): Promise<EmbeddedPostgres> => startServer(home, { port, group });
  const postgres = await start();
  try {
    await postgres.ensureDatabase(DATABASE);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return { url: postgres.url(DATABASE), ...keep(postgres, start, say) };
}

/** Replaces the private database below `home` by an empty one. Call while holding the lock on the home. */
export async function emptyDatabase(home: Home, group: number | undefined): Promise<void> {
  const postgres = await startServer(home, { port: undefined, group });
  try {
    await postgres.dropDatabase(DATABASE);
    await postgres.ensureDatabase(DATABASE);
  } finally {
    await postgres.stop();
  }
}

function startServer(
  home: Home,
  { port, group }: { port: number | undefined; group: number | undefined },
): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.start({
    home: home.root,
    logFile: logFile(home),
    durability: 'durable',
    maxConnections: MAX_CONNECTIONS,
    ...(port === undefined ? {} : { port }),
    ...(group === undefined ? {} : { group }),
  });
}

function logFile(home: Home): string {
  return join(home.logs, 'postgres.log');
}

/**
 * Restarts the server on the same port each time it ends by itself; the services reconnect on their
 * own. After too many restarts, as for a service, it stops, and `lost` settles.
 */
function keep(
  first: EmbeddedPostgres,
  start: (port: number) => Promise<EmbeddedPostgres>,
  say: (line: string) => void,
): Pick<Database, 'lost' | 'close'> {
  const stopping = new AbortController();
  let running: EmbeddedPostgres | undefined = first;
  let giveUp: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const watch = async (): Promise<void> => {
    const endsAtMs: number[] = [];
    while (!stopping.signal.aborted) {
      await running?.exited;
      running = undefined;
      if (stopping.signal.aborted) return;
      endsAtMs.push(performance.now());
      const decision = decideRestart(endsAtMs, performance.now());
      if (decision.kind === 'give_up') {
        giveUp();
        return;
      }
      say(`Postgres ended, starting it again in ${decision.delayMs} ms`);
      if (!(await waitFor(decision.delayMs, stopping.signal))) return;
      try {
        running = await start(first.port);
      } catch (error) {
        say(`Postgres could not be started again: ${coerceError(error).message}`);
      }
    }
  };
  const watching = watch();
  return {
    lost,
    close: async () => {
      stopping.abort();
      await running?.stop();
      await watching;
      // `close` may be called during a restart.
      await running?.stop();
    },
  };
}
