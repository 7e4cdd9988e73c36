import { ConflictError, DEFAULT_NAMESPACE, LAYERS } from '@rat/domain';
import { CATALOG_NAME, catalogNamespace } from '../catalog/catalog.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { namespaceNotFound } from './namespaces.ts';

/** A landing zone that the storage has a folder of. */
export interface ZoneFolder {
  name: string;
  /** How many wait to be read. */
  files: number;
}

/**
 * Deletes an empty namespace. Its row stays, marked: ended runs, deleted pipelines and dropped
 * tables keep their name, and `createNamespace` brings this history back. Nothing else of it is
 * there again: the words about its tables, their profiles and the use of its quotas are removed.
 * `zones` are the landing zones of the namespace, as a runner has counted them.
 *
 * Throws NotFoundError. Throws ConflictError for `default`, and for a namespace that still has
 * pipelines, drafts, tables, runs that have not ended, landing zones, or valid tokens that are
 * limited to it; the message names them. A zone counts also when no file waits in it: its archived
 * files may be the only copy of what a run has read. A token counts because it would give its
 * holder the next namespace of the name.
 *
 * A pipeline or the settings of a zone cannot be put beside it: each waits for the other. A run of a pipeline that is deleted
 * at the same moment may still be created; it ends as every run of a deleted pipeline.
 *
 * @example
 * await deleteNamespace(db, 'sales', []);
 */
export async function deleteNamespace(
  db: Database,
  name: string,
  zones: readonly ZoneFolder[],
): Promise<void> {
  if (name === DEFAULT_NAMESPACE) {
    throw new ConflictError(`namespace ${name} cannot be deleted: every installation has it`);
  }
  await withTransaction(db.pool, async (client) => {
    const held = await client.query({ ...LOCK, values: [name] });
    if (held.rowCount === 0) throw namespaceNotFound(name);
    const content = [...(await describeContent(client, name, zones)), ...describeFiles(zones)];
    if (content.length > 0) {
      throw new ConflictError(`namespace ${name} is not empty: it has ${content.join('; ')}`);
    }
    await client.query({ ...MARK, values: [name] });
  });
}

/** Conflicts with the share lock that a PUT of a pipeline holds on the namespace. */
const LOCK = {
  name: 'lock-namespace',
  text: 'SELECT 1 FROM namespaces WHERE name = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
};

/** Its tables are gone, so their words and profiles would go to tables that are made later. */
const MARK = {
  name: 'mark-namespace-deleted',
  text: `WITH docs AS (DELETE FROM table_docs WHERE namespace = $1),
      profiles AS (DELETE FROM table_profiles WHERE namespace = $1),
      uploads AS (DELETE FROM landing_uploads WHERE namespace = $1),
      keys AS (DELETE FROM idempotency_keys WHERE namespace = $1),
      usage AS (DELETE FROM namespace_usage WHERE namespace = $1)
    UPDATE namespaces SET deleted_at = now(), updated_at = now() WHERE name = $1`,
};

interface ContentRow {
  kind: keyof typeof WORDS;
  amount: number;
  examples: string[];
}

const WORDS = {
  pipeline: ['pipeline', 'pipelines'],
  draft: ['draft', 'drafts'],
  table: ['table', 'tables'],
  run: ['run that has not ended', 'runs that have not ended'],
  zone: ['landing zone', 'landing zones'],
  token: ['token that is limited to it', 'tokens that are limited to it'],
} as const;

/** How many things of a kind a message names. */
const NAMED_MAX = 3;

async function describeContent(
  client: Queryable,
  namespace: string,
  zones: readonly ZoneFolder[],
): Promise<string[]> {
  const schemas = LAYERS.map((layer) => catalogNamespace({ namespace, layer, name: '' }));
  const answer = await client.query<ContentRow>({
    ...CONTENT,
    values: [namespace, CATALOG_NAME, schemas, zones.map(({ name }) => name)],
  });
  return answer.rows
    .filter(({ amount }) => amount > 0)
    .map(({ kind, amount, examples }) => describe(WORDS[kind], amount, examples));
}

function describeFiles(zones: readonly ZoneFolder[]): string[] {
  const waiting = zones.filter(({ files }) => files > 0);
  if (waiting.length === 0) return [];
  const files = waiting.reduce((sum, zone) => sum + zone.files, 0);
  const names = waiting.map(({ name }) => name).slice(0, NAMED_MAX);
  const count = files === 1 ? '1 waiting file' : `${files} waiting files`;
  return [`${count} in ${describe(WORDS.zone, waiting.length, names)}`];
}

/** `2 tables: silver.orders, gold.revenue`. */
function describe(
  [one, many]: readonly [string, string],
  amount: number,
  examples: readonly string[],
): string {
  const rest = amount > examples.length ? ` and ${amount - examples.length} more` : '';
  return `${amount} ${amount === 1 ? one : many}: ${examples.join(', ')}${rest}`;
}

/**
 * What is in the namespace, in one snapshot: a run that ends while this is read is a run that has
 * not ended, or its table is there. Runs are found by the indexes of runs that have not ended.
 */
const CONTENT = {
  name: 'namespace-content',
  text: `WITH content AS (
      SELECT 1 AS position, 'pipeline' AS kind, layer || '.' || name AS name
      FROM pipelines WHERE namespace = $1 AND deleted_at IS NULL
      UNION ALL
      SELECT 2, 'draft', layer || '.' || name FROM pipeline_drafts WHERE namespace = $1
      UNION ALL
      SELECT 3, 'table', substring(table_namespace FROM length($1) + 2) || '.' || table_name
      FROM lake.iceberg_tables WHERE catalog_name = $2 AND table_namespace = ANY ($3::text[])
      UNION ALL
      SELECT 4, 'run', id::text FROM runs WHERE status = 'pending' AND namespace = $1
      UNION ALL
      SELECT 4, 'run', id::text FROM runs WHERE status = 'running' AND namespace = $1
      UNION ALL
      SELECT 5, 'zone', zones.name
      FROM (
        SELECT name FROM landing_zones WHERE namespace = $1 UNION SELECT unnest($4::text[])
      ) zones
      UNION ALL
      SELECT 6, 'token', name
      FROM tokens
      WHERE $1 = ANY (namespaces)
        AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > now())
    )
    SELECT kind, count(*) AS amount, (array_agg(name ORDER BY name))[1:${NAMED_MAX}] AS examples
    FROM content GROUP BY position, kind ORDER BY position`,
};
