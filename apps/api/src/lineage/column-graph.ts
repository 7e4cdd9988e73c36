import type { ColumnLineageAnswer } from '@rat/contracts';
import type { ColumnOrigins } from '@rat/store';

/** A column of a table; its name as in the place where it was first met. */
export interface TableColumn {
  table: string;
  column: string;
}

/** What is known of the columns of some tables; null: their origins are not known. */
type Known = ReadonlyMap<string, readonly ColumnOrigins[] | null>;

/**
 * The columns around one, as far as they were added. Names of columns are compared without regard to
 * the case of letters, as SQL does. A column that is met again adds an edge and is not followed again.
 */
export class ColumnGraph {
  readonly #limit: number;
  readonly #mayShow: (table: string) => boolean;
  readonly #nodes = new Map<string, TableColumn>();
  readonly #edges = new Map<string, { from: string; to: string }>();
  readonly #unknown = new Set<string>();
  #truncated = false;

  constructor(limit: number, mayShow: (table: string) => boolean) {
    this.#limit = limit;
    this.#mayShow = mayShow;
  }

  /** Adds the column to begin with, or without one all columns of the table. */
  begin(
    table: string,
    column: string | undefined,
    lineage: readonly ColumnOrigins[] | null | undefined,
  ): TableColumn[] {
    if (!lineage) this.#unknown.add(table);
    const names = (lineage ?? []).map(({ name }) => name);
    const wanted =
      column === undefined ? names : [names.find((name) => isSame(name, column)) ?? column];
    return wanted.map((name) => ({ table, column: name })).filter((one) => this.#add(one));
  }

  /** Adds what these columns are computed from; returns the columns that are new. */
  addOrigins(columns: readonly TableColumn[], known: Known): TableColumn[] {
    const added: TableColumn[] = [];
    for (const to of columns) {
      const lineage = known.get(to.table);
      if (!lineage) this.#unknown.add(to.table);
      const traced = lineage?.find(({ name }) => isSame(name, to.column));
      for (const from of traced?.from ?? []) if (this.#connect(from, to, from)) added.push(from);
    }
    return added;
  }

  /** Adds which columns of the known tables are computed from these; returns those that are new. */
  addDerived(columns: readonly TableColumn[], known: Known): TableColumn[] {
    const wanted = new Map(columns.map((one) => [idOf(one), one]));
    const added: TableColumn[] = [];
    for (const [table, lineage] of known) {
      if (lineage === null && this.#mayShow(table)) this.#unknown.add(table);
      for (const { name, from } of lineage ?? []) {
        const to = { table, column: name };
        for (const one of from) {
          const found = wanted.get(idOf(one));
          if (found !== undefined && this.#connect(found, to, to)) added.push(to);
        }
      }
    }
    return added;
  }

  answer(): ColumnLineageAnswer {
    return {
      nodes: [...this.#nodes].map(([id, node]) => ({ id, ...node })),
      edges: [...this.#edges.values()],
      unknown: [...this.#unknown].toSorted(),
      truncated: this.#truncated,
    };
  }

  /** Adds an edge, and its end `next` unless it is there; returns whether that is new. */
  #connect(from: TableColumn, to: TableColumn, next: TableColumn): boolean {
    const isNew = this.#add(next);
    const edge = { from: idOf(from), to: idOf(to) };
    if (edge.from !== edge.to && this.#nodes.has(edge.from) && this.#nodes.has(edge.to)) {
      this.#edges.set(`${edge.from}\0${edge.to}`, edge);
    }
    return isNew;
  }

  #add({ table, column }: TableColumn): boolean {
    const id = idOf({ table, column });
    if (this.#nodes.has(id) || !this.#mayShow(table)) return false;
    if (this.#nodes.size >= this.#limit) {
      this.#truncated = true;
      return false;
    }
    this.#nodes.set(id, { table, column });
    return true;
  }
}

function idOf({ table, column }: TableColumn): string {
  return `${table}:${column.toLowerCase()}`;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
