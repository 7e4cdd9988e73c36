import { formatRef, type PipelineRef } from '@rat/domain';
import { readTableState, type Schema } from '@rat/iceberg';
import { coerceError } from '@rat/runtime';
import { listTables } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { columnsOfMain } from './present-table.ts';

/** A table with its columns; none for a table that cannot be read. */
export interface TableColumns {
  table: PipelineRef;
  columns: Schema['fields'];
}

/** The tables to read. */
export interface WantedTables {
  namespace?: string | readonly string[] | undefined;
  layer?: PipelineRef['layer'] | undefined;
  limit: number;
}

/** Metadata files that are read at the same time. */
const READERS = 8;

/** Tables whose columns are kept; a search asks for the same ones again and again. */
const KEPT_MAX = 2_000;

/**
 * Reads the columns of many tables, from one metadata file of each. Such a file never changes, so
 * what was read is kept by its address.
 */
export class TableColumnsReader {
  readonly #deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>;
  readonly #kept = new Map<string, Schema['fields']>();

  constructor(deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>) {
    this.#deps = deps;
  }

  /** The first tables by address, and whether there are more. Throws the reason of the signal. */
  async read(
    wanted: WantedTables,
    signal: AbortSignal,
  ): Promise<{ tables: TableColumns[]; truncated: boolean }> {
    const { tables, total } = await listTables(this.#deps.db, { ...wanted, offset: 0 });
    const found = tables.map(({ table }): TableColumns => ({ table, columns: [] }));
    const waiting = [...tables.entries()];
    const readNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        signal.throwIfAborted();
        const [index, { table, location }] = next;
        found[index] = { table, columns: await this.#columnsOf(table, location) };
      }
    };
    await Promise.all(Array.from({ length: READERS }, readNext));
    return { tables: found, truncated: total > tables.length };
  }

  async #columnsOf(table: PipelineRef, location: string): Promise<Schema['fields']> {
    const kept = this.#kept.get(location);
    if (kept !== undefined) return kept;
    try {
      const { metadata } = await readTableState(this.#deps.tables, location);
      const columns = columnsOfMain(metadata);
      this.#keep(location, columns);
      return columns;
    } catch (error) {
      // One table that cannot be read must not hide the others.
      const { message } = coerceError(error);
      this.#deps.log.warn({ table: formatRef(table), reason: message }, 'table not readable');
      return [];
    }
  }

  #keep(location: string, columns: Schema['fields']): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(location, columns);
  }
}
