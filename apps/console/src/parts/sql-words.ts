import type { AnswerOf } from '@rat/contracts';

type Table = AnswerOf<'getSchema'>['tables'][number];

/** Tables with their columns, as the editor completes them: `{ silver: { orders: ['id'] } }`. */
export type SqlTree = { [name: string]: SqlTree | string[] };

/** The name of a table in a query. Tables of the query's own namespace need no namespace. */
export function tableNameIn(namespace: string, table: Table): string {
  return pathIn(namespace, table).join('.');
}

/** What a person may write behind a dot: the layers of a namespace, the tables of a layer, the columns of a table. */
export function treeOf(namespace: string, tables: readonly Table[]): SqlTree {
  const tree: SqlTree = {};
  for (const table of tables) {
    const path = pathIn(namespace, table);
    let branch = tree;
    for (const name of path.slice(0, -1)) {
      const next = branch[name];
      const child: SqlTree = next === undefined || Array.isArray(next) ? {} : next;
      branch[name] = child;
      branch = child;
    }
    branch[path.at(-1) ?? ''] = table.columns.map(({ name }) => name);
  }
  return tree;
}

/** What a person may write at any place: all tables, and the columns of those that the query names. */
export function wordsOf(namespace: string, tables: readonly Table[], sql: string): string[] {
  const names = tables.map((table) => tableNameIn(namespace, table));
  return [...new Set([...columnsNamedIn(namespace, tables, sql), ...names])];
}

/** The columns of the tables that an SQL names. */
export function columnsNamedIn(namespace: string, tables: readonly Table[], sql: string): string[] {
  return tables
    .filter((table) => sql.includes(tableNameIn(namespace, table)))
    .flatMap(({ columns }) => columns.map(({ name }) => name));
}

function pathIn(namespace: string, table: Table): string[] {
  const path = [table.layer, table.name];
  return table.namespace === namespace ? path : [table.namespace, ...path];
}
