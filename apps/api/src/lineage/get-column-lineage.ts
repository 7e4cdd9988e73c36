import type { ColumnLineageAnswer, ColumnLineageQuery } from '@rat/contracts';
import {
  DEFAULT_NAMESPACE,
  formatRef,
  InputError,
  NotFoundError,
  parseRef,
  type PipelineRef,
} from '@rat/domain';
import {
  findColumnLineage,
  findDeclaredReaders,
  hasTableOrPipeline,
  type ColumnOrigins,
  type Database,
} from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { ColumnGraph } from './column-graph.ts';
import type { LineageDeps } from './lineage-deps.ts';
import { namespaceOf } from './parse-root.ts';
import { namedNamespace } from '../http/named-namespace.ts';

/** More readers of the tables of one level are not followed. */
const READERS_MAX = 1_000;

/** GET /api/v1/lineage/columns. */
export function getColumnLineageRoute({ db }: LineageDeps): HandledOperation<'getColumnLineage'> {
  return handleOperation('getColumnLineage', async (req, res, { query }) => {
    const own = confinedTo(req);
    const mayShow = (table: string): boolean =>
      own === undefined || own.includes(namespaceOf(table));
    const table = parseTable({ ...query, namespace: namedNamespace(query.namespace) });
    if (!mayShow(formatRef(table)) || !(await hasTableOrPipeline(db, table))) {
      throw new NotFoundError(`${query.table} not found: there is neither a table nor a pipeline`);
    }
    const answer: ColumnLineageAnswer = await drawColumns(db, { ...query, table }, mayShow);
    res.json(answer);
  });
}

function parseTable({ table, namespace = DEFAULT_NAMESPACE }: ColumnLineageQuery): PipelineRef {
  const ref = parseRef(table, namespace);
  if (ref !== undefined) return ref;
  const message = 'must be layer.name or namespace.layer.name';
  throw new InputError(`table: ${message}`, [{ path: 'table', message }]);
}

interface Drawn extends Pick<ColumnLineageQuery, 'column' | 'up' | 'down' | 'limit'> {
  table: PipelineRef;
}

/** A level of pipelines at a time, in each direction: two statements a level however many columns there are. */
async function drawColumns(
  db: Database,
  { table, column, up, down, limit }: Drawn,
  mayShow: (table: string) => boolean,
): Promise<ColumnLineageAnswer> {
  const graph = new ColumnGraph(limit, mayShow);
  const own = await findColumnLineage(db, [table]);
  const start = graph.begin(formatRef(table), column, own.get(formatRef(table)));
  let above = start;
  for (let hop = 0; hop < up && above.length > 0; hop += 1) {
    const tables = refsOf(above.map((one) => one.table));
    above = graph.addOrigins(above, await findColumnLineage(db, tables));
  }
  let below = start;
  for (let hop = 0; hop < down && below.length > 0; hop += 1) {
    const tables = [...new Set(below.map((one) => one.table))];
    const readers = await findDeclaredReaders(db, tables, READERS_MAX);
    const lineage = await findColumnLineage(db, readers);
    const known: ReadonlyMap<string, ColumnOrigins[] | null> = new Map(
      readers.map((reader) => [formatRef(reader), lineage.get(formatRef(reader)) ?? null]),
    );
    below = graph.addDerived(below, known);
  }
  return graph.answer();
}

function refsOf(tables: readonly string[]): PipelineRef[] {
  return [...new Set(tables)].flatMap((table) => parseRef(table, '') ?? []);
}
