import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Schema } from '@rat/iceberg';
import { LocalTableFiles, LocalWarehouse } from '@rat/storage';
import { createLogger } from '@rat/runtime';
import { claimRun, createRun, type ClaimedRun } from '@rat/store';
import { openStoreFixture, ORDERS } from '@rat/testing';
import type { AttemptDeps } from '../src/attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../src/table-commit/current-table.ts';

/** The part of a runner that moves tables, on a real catalog and a warehouse of its own. */
export type TableDeps = Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'limits' | 'log'>;

export interface TableFixture {
  deps: TableDeps;
  newRun: () => Promise<string>;
  claim: (runId: string, attempt: number, leaseMs?: number) => Promise<ClaimedRun>;
  /** The refs of the table that readers can see. */
  refs: () => Promise<string[]>;
  /** The folders of staged files. */
  staged: () => Promise<string[]>;
  close: () => Promise<void>;
}

export const SCHEMA: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [{ id: 1, name: 'n', required: false, type: 'int' }],
};

export async function openTableFixture(): Promise<TableFixture> {
  const store = await openStoreFixture();
  const root = await mkdtemp(join(tmpdir(), 'rat-tables-'));
  const deps: TableDeps = {
    db: store.db,
    tables: new LocalTableFiles(root),
    warehouse: new LocalWarehouse({ root, landingRoot: join(root, 'landing') }),
    limits: {
      tempDir: root,
      memoryLimitMb: 64,
      tempLimitMb: 64,
      threads: 1,
      targetFileMb: 1,
      runTimeoutMs: 1_000,
      maxRunTimeoutMs: 1_000,
      maxRetries: 20,
      keepMs: 1_000,
      quarantineMs: 1_000,
      logMaxLines: 1_000,
      runLogLevel: 'info',
    },
    log: createLogger('test', { level: 'silent' }),
  };
  return {
    deps,
    newRun: async () =>
      (await createRun(store.db, { pipeline: ORDERS, trigger: { kind: 'manual' } })).id,
    claim: async (runId, attempt, leaseMs = 60_000) => {
      const owner = { runnerId: `runner-${attempt}`, leaseMs };
      const run = await claimRun(store.db, { runId, attempt }, owner);
      if (run === undefined) throw new Error('the claim was lost');
      return run;
    },
    refs: async () => Object.keys((await findCurrentTable(deps, ORDERS))?.metadata.refs ?? {}),
    staged: async () => (await readdir(join(root, 'default/silver/orders/data'))).toSorted(),
    close: async () => {
      await store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
