import { createHash } from 'node:crypto';
import type { ExecuteCommand, ExecutorColumns } from '@rat/contracts';
import type { TableEngine, TraceRequest } from '@rat/engine';
import { spillFolder } from '../executor-protocol/attempt-folders.ts';
import type { RunPlan } from './plan-run.ts';

/** More is of SQL that a program wrote. */
const ORIGINS_MAX = 20_000;

/** Binding takes 10 to 40 ms of the processor, and the next runs of a pipeline mostly execute the same SQL. */
const KEPT_MAX = 50;
const KEPT_ORIGINS_MAX = 1_000;

/** What this process has traced last, by the SQL and the columns of its inputs. */
const kept = new Map<string, ExecutorColumns['columns']>();

/** What a run has read and written. */
export interface TracedRun {
  /** The columns of the tables that it read; undefined when the session did not tell. */
  tables: TraceRequest['tables'] | undefined;
  /** The landing zones that it read. */
  zones: readonly string[];
  /** The columns of its result. */
  result: readonly { name: string }[];
}

/**
 * Where the columns of a result come from; null when that is not known. Never throws: a run whose
 * lineage is not known is as good as any.
 */
export async function traceResult(
  engine: Pick<TableEngine, 'traceColumns'>,
  { statements, result }: RunPlan,
  command: Pick<ExecuteCommand, 'tempDir'>,
  { tables, zones, result: columns }: TracedRun,
  signal: AbortSignal,
): Promise<ExecutorColumns['columns']> {
  if (tables === undefined) return null;
  if (Object.keys(tables).length === 0) {
    // Nothing to bind: the columns come from no table, or from files, whose columns have no names.
    return zones.length > 0 ? null : columns.map(({ name }) => ({ name, from: [] }));
  }
  const key = keyOf({ tables, statements, result });
  const known = kept.get(key);
  if (known !== undefined) return known;
  const request = { tables, statements, result, tempDir: command.tempDir };
  const traced = await trace(engine, request, signal);
  if (signal.aborted) return null;
  if (kept.size >= KEPT_MAX) kept.clear();
  if (traced === null || originsOf(traced) <= KEPT_ORIGINS_MAX) kept.set(key, traced);
  return traced;
}

async function trace(
  engine: Pick<TableEngine, 'traceColumns'>,
  { tempDir, ...request }: TraceRequest,
  signal: AbortSignal,
): Promise<ExecutorColumns['columns']> {
  try {
    const traced = await engine.traceColumns({ ...request, tempDir: spillFolder(tempDir) }, signal);
    return originsOf(traced) > ORIGINS_MAX ? null : traced;
  } catch {
    return null;
  }
}

function originsOf(columns: NonNullable<ExecutorColumns['columns']>): number {
  return columns.reduce((sum, { from }) => sum + from.length, 0);
}

function keyOf({ tables, statements, result }: Omit<TraceRequest, 'tempDir'>): string {
  const texts = [...statements, result].map(({ text }) => text);
  return createHash('sha256')
    .update(JSON.stringify([tables, texts]))
    .digest('base64');
}
