import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as wasmGlue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { coerceError } from '@rat/runtime';
import pg from 'pg';
import { MIGRATION_LOCK } from './migration-lock.ts';

const PRISMA_DIR = fileURLToPath(new URL('../../../../prisma/', import.meta.url));
const MIGRATIONS_DIR = join(PRISMA_DIR, 'migrations');

/** Node provides WebAssembly, but its types are part of the browser’s. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
};

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/**
 * Applies the missing migrations and returns their names. `only`: no other ones, for the schema of
 * an earlier version.
 *
 * Uses Prisma's own schema engine, compiled to WebAssembly: the Prisma CLI would download a native
 * engine, which fails behind a firewall. The ledger is the ordinary `_prisma_migrations`, so
 * `prisma migrate deploy` stays valid elsewhere. Many processes may call it at the same time.
 *
 * A migration is applied with its row of the ledger, or not at all, so a process that was killed in
 * the middle leaves nothing that stops the next one. Throws an error whose `cause` is that of the
 * database, so `isDatabaseDown` knows an outage.
 *
 * @example
 * const applied = await migrate({ databaseUrl });
 */
export async function migrate(options: {
  databaseUrl: string;
  only?: readonly string[];
}): Promise<string[]> {
  const lock = new pg.Client({ connectionString: options.databaseUrl });
  // Its queries fail when the database is lost; without a listener the process would end.
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    // The default of the server may end a long wait.
    await lock.query('SET statement_timeout = 0');
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await lock.query(FORGET_INTERRUPTED);
    return await withEngine(options.databaseUrl, async (engine) => {
      const answer = await engine.applyMigrations({
        migrationsList: await readMigrations(options.only ?? (await listMigrations())),
        filters: NO_FILTERS,
      });
      return answer.appliedMigrationNames;
    });
  } finally {
    await lock.end();
  }
}

/** The process with the lock of the schema is alone, so a migration that has not ended was interrupted. */
const FORGET_INTERRUPTED = inLedger(
  'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
);

/** Ends the row that the engine has begun in the transaction of the migration; the engine ends it again. */
const FINISH = inLedger(
  'UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
);

/** The statement, once there is a ledger: the engine makes it before the first migration. */
function inLedger(statement: string): string {
  return `DO $do$ BEGIN IF to_regclass('_prisma_migrations') IS NOT NULL THEN ${statement}; END IF; END $do$`;
}

/**
 * The SQL that creates the models of schema.prisma in an empty database. A test compares it with
 * the migrated schema.
 */
export async function modelsAsSql(databaseUrl: string): Promise<string> {
  const files = [{ path: 'schema.prisma', content: await readSchema() }];
  return withEngine(databaseUrl, async (engine) => {
    const answer = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    return answer.stdout ?? '';
  });
}

async function withEngine<T>(
  databaseUrl: string,
  use: (engine: wasmGlue.SchemaEngine) => Promise<T>,
): Promise<T> {
  await loadEngine();
  const factory = new WholeScriptPrismaPg(databaseUrl);
  const adapter = bindMigrationAwareSqlAdapterFactory(factory);
  let engine: wasmGlue.SchemaEngine | undefined;
  try {
    engine = await wasmGlue.SchemaEngine.new(
      { datamodels: [['schema.prisma', await readSchema()]] },
      () => undefined,
      adapter,
    );
    return await use(engine);
  } catch (error) {
    throw factory.explain(error);
  } finally {
    engine?.free();
    await factory.close();
  }
}

/**
 * Executes a migration as one script, which Postgres takes as one transaction. The base adapter splits
 * it at every semicolon, which breaks function bodies.
 */
class WholeScriptPrismaPg extends PrismaPg {
  readonly #opened: Awaited<ReturnType<PrismaPg['connect']>>[] = [];
  /** The error of the database, which the engine does not pass on. */
  #failure: Error | undefined;

  constructor(databaseUrl: string) {
    super({ connectionString: databaseUrl, max: 1 });
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await this.#noting(super.connect());
    this.#opened.push(adapter);
    const queryRaw = adapter.queryRaw.bind(adapter);
    const executeRaw = adapter.executeRaw.bind(adapter);
    adapter.queryRaw = (query) => this.#noting(queryRaw(query));
    adapter.executeRaw = (query) => this.#noting(executeRaw(query));
    adapter.executeScript = async (script) => {
      await this.#noting(adapter.underlyingDriver().query(`${script}\n;${FINISH}`));
    };
    return adapter;
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#failure = coerceError(error);
      throw error;
    }
  }

  /** The engine's error with the name of the migration and the message of the database. */
  explain(error: unknown): Error {
    const failure = this.#failure;
    if (failure === undefined) return coerceError(error);
    const [, name] = /migration_name="([^"]+)"/.exec(coerceError(error).message) ?? [];
    const what = name === undefined ? 'the migrations' : `migration ${name}`;
    return new Error(`${what} failed: ${failure.message}`, { cause: failure });
  }

  /**
   * The engine drops its connections without ending them; an idle connection would keep the process
   * alive for ten seconds.
   */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map((adapter) => adapter.dispose()));
  }
}

let loading: Promise<void> | undefined;

/** Loads the engine’s WebAssembly once per process. The package expects a bundler to do this. */
function loadEngine(): Promise<void> {
  loading ??= (async () => {
    const glue = createRequire(import.meta.url).resolve(
      '@prisma/schema-engine-wasm/schema_engine_bg',
    );
    const bytes = await readFile(join(dirname(glue), 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': withoutLingeringTimers(wasmGlue),
    });
    const exported = instance.exports as { __wbindgen_start(): void };
    const glueInternals = wasmGlue as unknown as { __wbg_set_wasm(exports: unknown): void };
    glueInternals.__wbg_set_wasm(exported);
    exported.__wbindgen_start();
  })();
  return loading;
}

/**
 * Unrefs the engine’s timers: the ten-second timer of its lock would keep an otherwise finished
 * process alive.
 */
function withoutLingeringTimers(glue: object): object {
  const isTimer = ([name]: [string, unknown]): boolean => name.startsWith('__wbg_setTimeout');
  const timers = Object.entries(glue).filter(isTimer) as [
    string,
    (...words: unknown[]) => { unref?: () => void },
  ][];
  const released = timers.map(([name, set]) => [
    name,
    (...words: unknown[]) => {
      const timer = set(...words);
      timer.unref?.();
      return timer;
    },
  ]);
  return { ...glue, ...Object.fromEntries(released) };
}

function readSchema(): Promise<string> {
  return readFile(join(PRISMA_DIR, 'schema.prisma'), 'utf8');
}

/** The names of all migrations of this version, in order. */
export async function listMigrations(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS_DIR, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.sort();
}

async function readMigrations(names: readonly string[]): Promise<wasmGlue.MigrationList> {
  const baseDir = MIGRATIONS_DIR;
  const directories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(join(baseDir, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  );
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: directories,
  };
}
