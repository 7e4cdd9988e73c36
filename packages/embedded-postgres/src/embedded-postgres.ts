import { randomBytes } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresBinaries, prepareBinaries } from './binaries.ts';
import { initialise, isInitialised } from './data-directory.ts';
import { locateData } from './data-location.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { findFreePort } from './free-port.ts';
import { readPidFile, stopOrphan, stopServer } from './orphan.ts';
import { runAs } from './run-as.ts';
import { findServerUser, type ServerUser } from './server-user.ts';

/**
 * Recovery after a power cut replays the log before the server answers; until then a slow start is
 * normal.
 */
const START_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 25;
const PORT_ATTEMPTS = 3;

export interface EmbeddedPostgresOptions {
  /**
   * The folder of the server, created if missing. The caller ensures that no other process uses it
   * at the same time.
   */
  home: string;
  /** The file that the server’s own messages are appended to. */
  logFile: string;
  /** `volatile` gives up durability after a power cut for speed; for tests. */
  durability: 'durable' | 'volatile';
  maxConnections: number;
  /** The port for a restart, so that clients can reconnect; by default a free one. */
  port?: number;
  /** The group of a server that runs as its own user; by default that user’s group. */
  group?: number;
}

/**
 * A running private server. Modes: running → stopped, once. `exited` settles when the process has
 * ended for any reason, so that the owner notices a crash.
 *
 * @example
 * const server = await EmbeddedPostgres.start({ home, logFile, durability: 'durable', maxConnections: 50 });
 * await server.ensureDatabase('rat');
 * await server.stop();
 */
export class EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Settles, never rejects, when the server's process has ended. */
  readonly exited: Promise<void>;
  readonly #password: string;
  readonly #stop: () => Promise<void>;
  #stopping: Promise<void> | undefined;

  private constructor(server: RunningServer, password: string) {
    this.port = server.port;
    this.pid = server.pid;
    this.dataDir = server.dataDir;
    this.exited = server.exited;
    this.#password = password;
    this.#stop = server.stop;
  }

  /**
   * Initialises a new `home`, cleans up after a killed process, starts the server, and waits until
   * it accepts connections.
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    await mkdir(options.home, { recursive: true });
    const user = await findServerUser(options.group);
    const binaries = await prepareBinaries(user, options.home);
    const dataDir = await locateData(options.home, user);
    const fresh = !(await isInitialised(dataDir));
    const password = await keepPassword(join(options.home, 'postgres.password'), fresh);
    if (fresh) {
      const { durability } = options;
      await initialise(dataDir, { binaries, user, password, durability });
    } else {
      await stopOrphan(dataDir, { binaries, user });
    }
    const server = await startServer({ dataDir, binaries, user, options });
    return new EmbeddedPostgres(server, password);
  }

  /** The connection string of one database of this server. */
  url(database: string): string {
    return `postgresql://postgres:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates `database` if it does not exist. */
  async ensureDatabase(database: string): Promise<void> {
    await this.#withClient(async (client) => {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
      }
    });
  }

  /** Removes `database` with everything in it, and ends its sessions; does nothing when it is not there. */
  async dropDatabase(database: string): Promise<void> {
    await this.#withClient(async (client) => {
      await client.query(
        `DROP DATABASE IF EXISTS ${client.escapeIdentifier(database)} WITH (FORCE)`,
      );
    });
  }

  async #withClient(use: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      await use(client);
    } finally {
      await client.end();
    }
  }

  /**
   * Ends sessions, writes everything to disk, and resolves when the process is gone. Later calls
   * wait for the first.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }
}

interface RunningServer {
  port: number;
  pid: number;
  dataDir: string;
  exited: Promise<void>;
  stop: () => Promise<void>;
}

interface StartPlan {
  dataDir: string;
  binaries: PostgresBinaries;
  user: ServerUser | undefined;
  options: EmbeddedPostgresOptions;
}

/** Retries on another port when another process took the port between finding and using it. */
async function startServer(plan: StartPlan): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = plan.options.port ?? (await findFreePort());
    const log = await open(plan.options.logFile, 'a+');
    try {
      const { size } = await log.stat();
      const child = spawn(plan.binaries.postgres, serverFlags(plan, port), {
        ...runAs(plan.user),
        // The log is a file and not a pipe to this process, so the server survives if this process
        // is killed.
        stdio: ['ignore', log.fd, log.fd],
        // Ctrl-C signals every process of the terminal’s group, and the database must outlive the
        // services.
        detached: process.platform !== 'win32',
      });
      const exited = new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        child.once('error', () => resolve());
      });
      if (await becomesReady({ child, exited, dataDir: plan.dataDir })) {
        const stop = async (): Promise<void> => {
          if (child.exitCode === null && child.signalCode === null)
            await stopServer(plan.dataDir, plan);
          await exited;
        };
        return { port, pid: child.pid ?? 0, dataDir: plan.dataDir, exited, stop };
      }
      const said = Buffer.alloc(4_000);
      const { bytesRead } = await log.read(said, 0, said.length, size);
      const text = said.toString('utf8', 0, bytesRead).trim();
      if (attempt >= PORT_ATTEMPTS || !text.includes('Address already in use')) {
        throw new EmbeddedPostgresError(`Postgres did not start; its last messages:\n${text}`);
      }
    } finally {
      await log.close();
    }
  }
}

function serverFlags(plan: StartPlan, port: number): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    // No Unix sockets: they are files to secure, and their paths have a length limit.
    'unix_socket_directories=',
    `max_connections=${plan.options.maxConnections}`,
    'logging_collector=off',
  ];
  if (plan.options.durability === 'volatile') {
    settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  }
  return [
    '-D',
    plan.dataDir,
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
}

/**
 * Waits until the server accepts connections; false when it ended first. Its pid file is the only
 * signal.
 */
async function becomesReady(server: {
  child: ChildProcess;
  exited: Promise<void>;
  dataDir: string;
}): Promise<boolean> {
  const { child, dataDir } = server;
  let ended = false;
  void server.exited.then(() => (ended = true));
  for (const start = performance.now(); performance.now() - start < START_TIMEOUT_MS;) {
    if (ended) return false;
    const file = await readPidFile(dataDir);
    if (file?.pid === child.pid && file?.ready === true) return true;
    await pause(READY_POLL_MS);
  }
  child.kill('SIGQUIT');
  return false;
}

/**
 * Creates the password of a new cluster, or reads the password that an existing one was created
 * with.
 */
async function keepPassword(file: string, fresh: boolean): Promise<string> {
  if (!fresh) {
    try {
      return (await readFile(file, 'utf8')).trim();
    } catch (error) {
      throw new EmbeddedPostgresError(
        `${file} is missing, and without it the database beside it cannot be opened; ` +
          'restore it, or move that folder away to start with an empty database',
        { cause: error },
      );
    }
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return password;
}
