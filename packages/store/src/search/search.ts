import {
  dispositionOf,
  type FailureCode,
  type Layer,
  type RunActionKind,
  type RunDisposition,
  type RunKind,
  type RunStatus,
} from '@rat/domain';
import { CATALOG_NAME } from '../catalog/catalog.ts';
import type { Database } from '../db/database.ts';
import { idRange } from '../run-lists/run-conditions.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';

/** One thing that a search found. */
export type Found =
  | { kind: 'namespace'; namespace: string }
  | { kind: 'pipeline' | 'table'; namespace: string; layer: Layer; name: string }
  | {
      kind: 'run';
      namespace: string;
      layer: Layer;
      name: string;
      runId: string;
      status: RunStatus;
      disposition: RunDisposition | undefined;
      createdAt: Date;
    };

export interface SearchQuery {
  /** A part of an address or of a description, in any case of letters; or the first 8 or more digits of a run's id. */
  q: string;
  namespace?: NameFilter;
  limit: number;
}

/**
 * Finds namespaces, pipelines, tables and runs. Names that equal the text are first, then names
 * that begin with it, then other matches; among equals the order is that of the addresses, and
 * newer runs are before older ones. Returns one more than `limit` when there are more.
 *
 * @example
 * const found = await search(db, { q: 'orders', limit: 20 });
 * found[0]; // { kind: 'pipeline', namespace: 'default', layer: 'silver', name: 'orders' }
 */
export async function search(db: Database, query: SearchQuery): Promise<Found[]> {
  const text = query.q.toLowerCase();
  const range = idRange(text);
  const answer = await db.pool.query<FoundRow>({
    ...SEARCH,
    values: [
      text,
      toNames(query.namespace),
      CATALOG_NAME,
      range?.first ?? null,
      range?.last ?? null,
      query.limit + 1,
    ],
  });
  return answer.rows.map(toFound);
}

interface FoundRow {
  kind: Found['kind'];
  namespace: string;
  layer: Layer;
  name: string;
  run_id: string;
  status: RunStatus;
  created_at: Date;
  run_kind: RunKind;
  failure_code: FailureCode | null;
  actions: RunActionKind[];
}

function toFound(row: FoundRow): Found {
  const { kind, namespace, layer, name } = row;
  switch (kind) {
    case 'namespace':
      return { kind, namespace };
    case 'run':
      return {
        kind,
        namespace,
        layer,
        name,
        runId: row.run_id,
        status: row.status,
        disposition: dispositionOf(
          {
            kind: row.run_kind,
            failure: row.failure_code === null ? undefined : { code: row.failure_code },
          },
          row.actions,
        ),
        createdAt: row.created_at,
      };
    default:
      return { kind, namespace, layer, name };
  }
}

/**
 * Reads every namespace, pipeline and table, of which there are thousands at most, and of the runs
 * only those whose id is in the range, by the primary key. `position` and not `LIKE`, so that no
 * character of the text is a wildcard.
 */
const SEARCH = {
  name: 'search',
  text: `WITH found AS (
      SELECT
        'namespace' AS kind,
        name AS namespace,
        NULL::text AS layer,
        name,
        lower(coalesce(description, '')) AS description,
        name AS address
      FROM namespaces WHERE deleted_at IS NULL
      UNION ALL
      SELECT
        'pipeline',
        namespace,
        layer,
        name,
        lower(coalesce(description, '')),
        namespace || '.' || layer || '.' || name
      FROM pipelines WHERE deleted_at IS NULL
      UNION ALL
      SELECT
        'table',
        regexp_replace(table_namespace, '_[a-z]+$', ''),
        substring(table_namespace FROM '_(bronze|silver|gold)$'),
        table_name,
        '',
        regexp_replace(table_namespace, '_([a-z]+)$', '.\\1') || '.' || table_name
      FROM lake.iceberg_tables
      WHERE catalog_name = $3
        AND table_namespace ~ '_(bronze|silver|gold)$'
        AND metadata_location IS NOT NULL
        AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)
    ), ranked AS (
      SELECT
        CASE
          WHEN name = $1 OR address = $1 THEN 1
          WHEN starts_with(name, $1) THEN 2
          WHEN position($1 IN address) > 0 THEN 3
          ELSE 4
        END AS rank,
        kind,
        namespace,
        layer,
        name,
        address,
        NULL::text AS run_id,
        NULL::text AS status,
        NULL::timestamptz AS created_at
      FROM found
      WHERE position($1 IN address) > 0 OR position($1 IN description) > 0
      UNION ALL
      (
        SELECT 0, 'run', namespace, layer, pipeline, '', id::text, status, created_at
        FROM runs
        WHERE id BETWEEN $4::uuid AND $5::uuid AND ($2::text[] IS NULL OR namespace = ANY ($2))
        ORDER BY id DESC LIMIT $6
      )
    )
    SELECT
      found.kind,
      found.namespace,
      found.layer,
      found.name,
      found.run_id,
      found.status,
      found.created_at,
      r.kind AS run_kind,
      r.failure_code,
      ARRAY(SELECT a.action::text FROM run_actions a WHERE a.run_id = r.id) AS actions
    FROM ranked found LEFT JOIN runs r ON r.id = found.run_id::uuid
    WHERE $2::text[] IS NULL OR found.namespace = ANY ($2)
    ORDER BY rank, found.created_at DESC, address, found.kind LIMIT $6`,
};
