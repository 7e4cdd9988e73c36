import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { runBranch } from '@rat/domain';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import { readSnapshot, readTableState, type TableMetadata } from '@rat/iceberg';
import { LocalTableFiles } from '@rat/storage';
import type { ToldRun } from './check-runs.ts';
import { contentAfter, tagOf, totalsOf, type Driver } from './drivers.ts';
import type { Turn } from './turn.ts';

/** A driver's table as the files show it, without a service: its metadata and its runs. */
interface ChaosTable {
  driver: Driver;
  folder: string;
  metadata: TableMetadata;
  /** The snapshots of main from the first to the newest, each with the run that published it. */
  lineage: { snapshot: bigint; runId: string }[];
  runs: ToldRun[];
}

export interface TableFaults {
  /** Faults that no later work repairs. */
  lasting: string[];
  /** Files and branches that the cleanup jobs still have to delete. */
  leftovers: string[];
}

/** Compares each table of the turn with the computed content, reading only its files. */
export async function findTableFaults(turn: Turn, runs: readonly ToldRun[]): Promise<TableFaults> {
  const files = new LocalTableFiles(join(turn.installation.home, 'warehouse'));
  const tables = await openTables(turn, runs, files);
  const ledger = tables.find((table) => table.driver.kind === 'ledger');
  const faults: TableFaults = { lasting: [], leftovers: [] };
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    for (const table of tables) {
      const tell = (what: string): string => `${table.driver.path}: ${what}`;
      faults.lasting.push(...lineageFaults(table).map(tell));
      faults.lasting.push(...(await contentFaults(table, ledger, { files, connection })).map(tell));
      faults.leftovers.push(...(await findRunsToCleanUp(table)).map(tell));
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return faults;
}

async function openTables(
  turn: Turn,
  runs: readonly ToldRun[],
  files: LocalTableFiles,
): Promise<ChaosTable[]> {
  const rows = await turn.installation.query<{ name: string; location: string }>(
    `SELECT table_namespace || '.' || table_name AS name, metadata_location AS location FROM lake.iceberg_tables`,
  );
  const tables: ChaosTable[] = [];
  for (const driver of turn.drivers) {
    const [namespace = '', layer = '', name = ''] = driver.path.split('/');
    const row = rows.find((one) => one.name === `${namespace}_${layer}.${name}`);
    // No run of this driver reached staging.
    if (row === undefined) continue;
    const { metadata } = await readTableState(files, row.location);
    const keys = new Set(
      turn.requests.filter((one) => one.driver === driver).map((one) => one.key),
    );
    tables.push({
      driver,
      folder: join(turn.installation.home, 'warehouse', namespace, layer, name, 'data'),
      metadata,
      lineage: lineageOf(metadata),
      runs: runs.filter((run) => keys.has(run.trigger)),
    });
  }
  return tables;
}

function lineageOf(metadata: TableMetadata): ChaosTable['lineage'] {
  const lineage: ChaosTable['lineage'] = [];
  let id = metadata.refs['main']?.['snapshot-id'];
  while (id !== undefined) {
    const snapshot = metadata.snapshots.find((one) => one['snapshot-id'] === id);
    if (snapshot === undefined) break;
    lineage.unshift({ snapshot: id, runId: String(snapshot.summary['rat.run-id']) });
    id = snapshot['parent-snapshot-id'];
  }
  return lineage;
}

/**
 * Each success is published once, under the snapshot that the run names; no other run publishes.
 */
function lineageFaults({ lineage, runs }: ChaosTable): string[] {
  const faults: string[] = [];
  for (const run of runs) {
    const published = lineage.filter((one) => one.runId === run.id);
    const expected = run.status === 'success' ? 1 : 0;
    if (published.length !== expected)
      faults.push(`${run.id} is ${run.status} and published ${published.length} times`);
    else if (expected === 1 && String(published[0]?.snapshot) !== run.output_snapshot_id)
      faults.push(`${run.id} names the snapshot ${run.output_snapshot_id}, which is not its own`);
  }
  for (const { runId } of lineage) {
    if (!runs.some((run) => run.id === runId)) faults.push(`main has a snapshot of ${runId}`);
  }
  return faults;
}

async function contentFaults(
  table: ChaosTable,
  ledger: ChaosTable | undefined,
  engine: { files: LocalTableFiles; connection: DuckDBConnection },
): Promise<string[]> {
  const head = table.lineage.at(-1);
  if (head === undefined) return [];
  const { schema, files } = await readSnapshot(engine.files, table.metadata, head.snapshot);
  const sql = tableScanSql({
    schema,
    files: files.filter((file) => file.content === 'data'),
    deletes: files.filter((file) => file.content !== 'data'),
  });
  const columns = table.driver.kind === 'totals' ? 'tag, n, h' : 'id, part, tag, n, h';
  const reader = await engine.connection.runAndReadAll(`SELECT ${columns} FROM (${sql}) t`);
  const found = asText(reader.getRowObjects());
  const expected = asText(expectedContent(table, head, ledger));
  if (found === expected) return [];
  return [`holds ${found} and not ${expected}`];
}

function expectedContent(
  { driver, lineage, runs }: ChaosTable,
  head: ChaosTable['lineage'][number],
  ledger: ChaosTable | undefined,
): object[] {
  if (driver.kind !== 'totals') return contentAfter(driver.kind, tagsOf(lineage, runs));
  const run = runs.find((one) => one.id === head.runId);
  if (run === undefined || ledger === undefined) return [];
  const [read] = Object.values(run.input_snapshots);
  const upTo = ledger.lineage.findIndex((one) => String(one.snapshot) === read);
  const rows = contentAfter('ledger', tagsOf(ledger.lineage.slice(0, upTo + 1), ledger.runs));
  return [totalsOf(tagOf(run.sql), rows)];
}

function tagsOf(lineage: ChaosTable['lineage'], runs: readonly ToldRun[]): number[] {
  return lineage.flatMap(({ runId }) =>
    runs.filter((run) => run.id === runId).map((run) => tagOf(run.sql)),
  );
}

/** Rows as a multiset: their order does not matter. */
function asText(rows: readonly object[]): string {
  return rows
    .map((row) => JSON.stringify(Object.values(row).map(Number)))
    .sort()
    .join(' ');
}

/**
 * Branches and folders that belong to no publish. Those of a run whose tests failed stay, because
 * a person inspects them.
 */
async function findRunsToCleanUp({
  folder,
  metadata,
  lineage,
  runs,
}: ChaosTable): Promise<string[]> {
  const leftovers: string[] = [];
  const kept = runs.filter((run) => run.failure_code === 'quality_failed');
  for (const run of runs) {
    if (metadata.refs[runBranch(run.id)] !== undefined && !kept.includes(run))
      leftovers.push(`${run.id} is ${run.status}, and its branch is there`);
  }
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, hex = '', attempt = ''] = /^run_([0-9a-f]{32})_(\d+)$/.exec(name) ?? [];
    const run = runs.find((one) => one.id.replaceAll('-', '') === hex);
    if (run === undefined) leftovers.push(`the folder ${name} is nobody's`);
    else {
      const isUsed = kept.includes(run) || lineage.some((one) => one.runId === run.id);
      if (!isUsed) leftovers.push(`${run.id} is ${run.status}, and its folder ${name} is there`);
      else if (Number(attempt) !== run.attempt)
        leftovers.push(`${run.id} counts ${run.attempt} attempts, and its folder ${name} is there`);
    }
  }
  return leftovers;
}
