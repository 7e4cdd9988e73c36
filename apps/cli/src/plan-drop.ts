import { NotFoundError, UnavailableError, type RatClient } from '@rat/client';
import { formatRef, type PipelineRef } from '@rat/domain/words';
import type { CliContext } from './context.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';

type Dropped = Awaited<ReturnType<RatClient['tables']['drop']>>;

/** How a person drops a table. */
export interface DropOptions {
  force?: true;
  reason?: string;
  dryRun?: true;
  yes?: true;
}

/**
 * Notes what a drop of the table would take away, and the pipelines that read it. Throws NotFoundError for a table that does not
 * exist, unless the pipeline may lack one. Without a runner a drop is possible, but the rows cannot be counted.
 */
export async function planDrop(
  context: CliContext,
  ref: PipelineRef,
  { mayLack = false } = {},
): Promise<void> {
  const { rat, terminal } = context;
  const address = formatRef(ref);
  try {
    const table = await rat.tables.get(ref);
    const rows = table.rows === null ? 'an unknown number of rows' : formatCount(table.rows, 'row');
    const versions = formatCount(table.snapshots.length, 'version');
    terminal.note(
      `${address}: ${rows}, ${formatBytes(table.bytes)}, ${versions}, updated ${formatTime(table.updated_at)}`,
    );
  } catch (error) {
    if (mayLack && error instanceof NotFoundError) {
      terminal.note(`${address} has no table`);
      return;
    }
    if (!(error instanceof UnavailableError)) throw error;
    terminal.note(`${address}: ${error.message}, so its rows are not known`);
  }
  const around = { root: `table:${address}`, up: 0, down: 1, limit: 1_000 };
  const { edges, truncated } = await rat.lineage.get(around);
  const readers = edges.filter(({ from, kind }) => from === around.root && kind !== 'produces');
  for (const { to, kind } of readers) {
    const how = kind === 'test' ? ', in a quality test' : '';
    terminal.note(`  read by ${to.replace(/^pipeline:/, '')}${how}`);
  }
  if (truncated) terminal.note('  and by more');
  if (readers.length === 0) terminal.note('  no pipeline reads it');
}

/** Prints what was dropped, and until when it can be restored. */
export function printDropped({ terminal }: CliContext, dropped: Dropped): void {
  const address = formatRef(dropped);
  for (const id of dropped.cancelled_runs) terminal.note(`cancelled run ${id}`);
  terminal.data(
    `dropped the table ${address}; rat tables restore ${address} brings it back until ${formatTime(dropped.restorable_until)}`,
  );
}
