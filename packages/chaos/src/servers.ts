import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from '@rat/embedded-postgres';
import { findRedisProgram, startRedis, type RedisServer } from '@rat/testing';
import pg from 'pg';

const DATABASE = 'rat';

/**
 * A Postgres that can be crashed and restarted. `moved` receives its new address when it changes.
 * The server is durable, because a crash must not lose committed data.
 */
export class ChaosPostgres {
  readonly #options: EmbeddedPostgresOptions;
  #server: EmbeddedPostgres;

  private constructor(server: EmbeddedPostgres, options: EmbeddedPostgresOptions) {
    this.#server = server;
    this.#options = options;
  }

  static async start(folder: string): Promise<ChaosPostgres> {
    const options = {
      home: folder,
      logFile: join(folder, 'postgres.log'),
      durability: 'durable',
      maxConnections: 300,
    } as const;
    const server = await EmbeddedPostgres.start(options);
    await server.ensureDatabase(DATABASE);
    return new ChaosPostgres(server, options);
  }

  get url(): string {
    return this.#server.url(DATABASE);
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** Executes one statement on a connection of its own. */
  async query<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Shuts down immediately: ends no session in order and flushes nothing. */
  async crash(): Promise<void> {
    process.kill(this.#server.pid, 'SIGQUIT');
    await this.#server.exited;
  }

  /** Starts the server, which recovers from its log; resolves when it answers. */
  async restart(): Promise<void> {
    this.#server = await EmbeddedPostgres.start(this.#options);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

/** A Redis that can be killed and restarted, with or without its data. */
export class ChaosRedis {
  readonly #program: string;
  readonly #folder: string;
  #server: RedisServer;

  private constructor(server: RedisServer, program: string, folder: string) {
    this.#server = server;
    this.#program = program;
    this.#folder = folder;
  }

  static async start(folder: string): Promise<ChaosRedis> {
    const program = await findRedisProgram();
    if (program === undefined) throw new Error('there is no redis-server: use --backend postgres');
    await mkdir(folder);
    return new ChaosRedis(await startRedis(program, folder), program, folder);
  }

  get url(): string {
    return this.#server.url;
  }

  get pid(): number {
    return this.#server.pid;
  }

  crash(): Promise<void> {
    return this.#server.stop();
  }

  /** With `appendOnly: 'yes'` the server restores the data of an earlier append-only log. */
  async restart(options: { appendOnly: 'yes' | 'no' }): Promise<void> {
    this.#server = await startRedis(this.#program, this.#folder, options);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
