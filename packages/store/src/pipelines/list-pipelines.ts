import {
  dispositionOf,
  type FailureCode,
  type Layer,
  type QualityStatus,
  type RunActionKind,
  type RunDisposition,
  type RunStatus,
} from '@rat/domain';
import { CATALOG_NAME } from '../catalog/catalog.ts';
import type { Database } from '../db/database.ts';
import { NEWEST_TESTS, newestRuns } from '../run-lists/newest-tests.ts';
import { PUBLISHED, toPublished, type PipelineSummaryRow, type PublishedRow } from './pipelines.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';

/** The fields by which a list of pipelines can be sorted; `address` is namespace, layer and name. */
export type PipelineSort = 'address' | 'name' | 'created_at' | 'updated_at';

export interface PipelineQuery {
  namespace?: NameFilter;
  layer?: Layer | undefined;
  /** A part of the address or of the description, in any case of letters. */
  q?: string | undefined;
  sort?: PipelineSort | undefined;
  order?: 'asc' | 'desc' | undefined;
  /** Whether each pipeline has its `health`. */
  withHealth?: boolean | undefined;
  limit: number;
  offset: number;
}

/** One of the newest runs of a pipeline. */
interface HealthRun {
  id: string;
  status: RunStatus;
  createdAt: Date;
  durationMs: number | undefined;
  disposition: RunDisposition | undefined;
}

/** How a pipeline's newest runs went. Maintenance and audits are not among these runs. */
export interface PipelineHealth {
  /** At most 30, newest first. */
  runs: HealthRun[];
  /** Of the successful ones among them, milliseconds; undefined without one. */
  p50Ms: number | undefined;
  p95Ms: number | undefined;
  /** The results of the newest run or audit that executed tests, among the last 30 of any kind. */
  tests: { runId: string; at: Date; counts: Partial<Record<QualityStatus, number>> } | undefined;
  /** When the earliest of its schedules fires next; undefined without one that fires. */
  nextFireAt: Date | undefined;
  /** What its table was after the run that changed it last; undefined when that is not what it is now, or not known. */
  table: { runId: string; at: Date; rows: number } | undefined;
}

export interface ListedPipeline extends PipelineSummaryRow {
  /** Only when the query wants it. */
  health: PipelineHealth | undefined;
}

/**
 * A page of the pipelines that are not deleted, ordered by address unless the query has another order;
 * `total` is exact. With health it is still one statement: the newest runs, the schedules and the table
 * of each pipeline of the page are read by index.
 *
 * @example
 * const page = await listPipelines(db, { q: 'orders', withHealth: true, limit: 50, offset: 0 });
 * page.pipelines[0]?.health?.p95Ms;
 */
export async function listPipelines(
  db: Database,
  query: PipelineQuery,
): Promise<{ pipelines: ListedPipeline[]; total: number }> {
  const { namespace, layer = null, q, limit, offset, withHealth = false } = query;
  const filter = [toNames(namespace), layer, q?.toLowerCase() ?? null];
  const [page, counted] = await Promise.all([
    db.pool.query<ListedRow>(listStatement(query), [...filter, limit, offset]),
    db.pool.query<{ total: number }>({ ...COUNT, values: filter }),
  ]);
  return {
    pipelines: page.rows.map((row) => toListed(row, withHealth)),
    total: counted.rows[0]?.total ?? 0,
  };
}

interface HealthRunRow {
  id: string;
  status: RunStatus;
  created_at: string;
  duration_ms: number | null;
  failure_code: FailureCode | null;
  actions: RunActionKind[];
}

interface ListedRow extends PublishedRow {
  id: string;
  namespace: string;
  layer: Layer;
  name: string;
  description: string | null;
  owner: string | null;
  current_version: number;
  has_draft: boolean;
  created_at: Date;
  updated_at: Date;
  runs?: HealthRunRow[];
  p50_ms?: number | null;
  p95_ms?: number | null;
  tests?: { run_id: string; at: string; counts: Partial<Record<QualityStatus, number>> } | null;
  next_fire_at?: Date | null;
  written?: { run_id: string; at: string; rows: number } | null;
}

function toListed(row: ListedRow, withHealth: boolean): ListedPipeline {
  return {
    id: row.id,
    namespace: row.namespace,
    layer: row.layer,
    name: row.name,
    description: row.description ?? undefined,
    owner: row.owner ?? undefined,
    version: row.current_version,
    published: toPublished(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    hasDraft: row.has_draft,
    health: withHealth ? toHealth(row) : undefined,
  };
}

function toHealth({
  runs = [],
  p50_ms,
  p95_ms,
  tests,
  next_fire_at,
  written,
}: ListedRow): PipelineHealth {
  return {
    runs: runs.map(toHealthRun),
    p50Ms: p50_ms ?? undefined,
    p95Ms: p95_ms ?? undefined,
    tests: tests
      ? { runId: tests.run_id, at: new Date(tests.at), counts: tests.counts }
      : undefined,
    nextFireAt: next_fire_at ?? undefined,
    table: written
      ? { runId: written.run_id, at: new Date(written.at), rows: written.rows }
      : undefined,
  };
}

function toHealthRun(row: HealthRunRow): HealthRun {
  const { id, status, created_at, duration_ms, failure_code, actions } = row;
  const failure = failure_code === null ? undefined : { code: failure_code };
  return {
    id,
    status,
    createdAt: new Date(created_at),
    durationMs: duration_ms ?? undefined,
    disposition: dispositionOf({ kind: 'pipeline', failure }, actions),
  };
}

const MATCHING = `p.deleted_at IS NULL
    AND ($1::text[] IS NULL OR p.namespace = ANY ($1))
    AND ($2::text IS NULL OR p.layer = $2)
    AND ($3::text IS NULL
      OR position($3 IN p.namespace || '.' || p.layer || '.' || p.name) > 0
      OR position($3 IN lower(p.description)) > 0)`;

const COUNT = {
  name: 'count-pipelines',
  text: `SELECT count(*) AS total FROM pipelines p WHERE ${MATCHING}`,
};

/** The last columns make the order of the rows one order. */
const SORT_COLUMNS: Record<PipelineSort, readonly string[]> = {
  address: ['namespace', 'layer', 'name'],
  name: ['name', 'namespace', 'layer'],
  created_at: ['created_at', 'id'],
  updated_at: ['updated_at', 'id'],
};

function orderBy({ sort = 'address', order = 'asc' }: PipelineQuery): string {
  return SORT_COLUMNS[sort].map((column) => `p.${column} ${order}`).join(', ');
}

function listStatement(query: PipelineQuery): string {
  const page = `SELECT p.*, row_number() OVER (ORDER BY ${orderBy(query)}) AS place
    FROM pipelines p WHERE ${MATCHING} ORDER BY place LIMIT $4 OFFSET $5`;
  const columns = `p.id, p.namespace, p.layer, p.name, p.description, p.owner, p.current_version, p.created_at,
    p.updated_at, ${PUBLISHED}, EXISTS (
      SELECT 1 FROM pipeline_drafts d
      WHERE (d.namespace, d.layer, d.name) = (p.namespace, p.layer, p.name)
    ) AS has_draft`;
  const rows = `(${page}) p
      LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version`;
  if (query.withHealth !== true) return `SELECT ${columns} FROM ${rows} ORDER BY p.place`;
  return `SELECT ${columns}, health.*, tested.tests, written.written,
      (SELECT min(s.fire_at) FROM schedules s WHERE s.pipeline_id = p.id AND s.deleted_at IS NULL)
        AS next_fire_at
    FROM ${rows}
      CROSS JOIN LATERAL (${HEALTH}) health
      LEFT JOIN LATERAL (${NEWEST_TESTS}) tested ON true
      LEFT JOIN LATERAL (${WRITTEN}) written ON true
    ORDER BY p.place`;
}

const HEALTH = `SELECT
    coalesce(jsonb_agg(to_jsonb(n) ORDER BY n.created_at DESC, n.id DESC), '[]') AS runs,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY n.duration_ms) FILTER (WHERE n.status = 'success')
      AS p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY n.duration_ms) FILTER (WHERE n.status = 'success')
      AS p95_ms
  FROM (${newestRuns(`AND r.kind = 'pipeline'`)}) n`;

/**
 * The table of `p` after the run that changed it last, as that run counted its rows. Nothing once a person has published or
 * reverted since, and when the table was dropped: then that count is of another table than the one that is there.
 */
const WRITTEN = `SELECT jsonb_build_object('run_id', r.id, 'at', h.changed_at, 'rows', r.rows_total) AS written
  FROM table_heads h JOIN runs r ON r.id = h.run_id
  WHERE h.ref = p.namespace || '.' || p.layer || '.' || p.name
    AND r.rows_total IS NOT NULL
    AND EXISTS (
      SELECT 1 FROM lake.iceberg_tables t
      WHERE t.catalog_name = '${CATALOG_NAME}'
        AND t.table_namespace = p.namespace || '_' || p.layer
        AND t.table_name = p.name
    )
    AND NOT EXISTS (
      SELECT 1 FROM run_actions a JOIN runs acted ON acted.id = a.run_id
      WHERE a.action IN ('publish', 'revert')
        AND a.at >= h.changed_at
        AND (acted.namespace, acted.layer, acted.pipeline) = (p.namespace, p.layer, p.name)
    )`;
