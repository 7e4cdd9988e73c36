import { parseRef } from '@rat/domain';
import { CATALOG_NAME, catalogNamespace } from '../catalog/catalog.ts';
import type { Database } from '../db/database.ts';

/** Those of the refs `namespace.layer.name` that are a pipeline or a table. */
export async function findExisting(db: Database, refs: readonly string[]): Promise<string[]> {
  const parsed = refs.flatMap((text) => {
    const ref = parseRef(text, '');
    return ref === undefined ? [] : [{ text, ref }];
  });
  if (parsed.length === 0) return [];
  const answer = await db.pool.query<{ text: string }>({
    ...FIND,
    values: [
      CATALOG_NAME,
      parsed.map(({ text }) => text),
      parsed.map(({ ref }) => ref.namespace),
      parsed.map(({ ref }) => ref.layer),
      parsed.map(({ ref }) => ref.name),
      parsed.map(({ ref }) => catalogNamespace(ref)),
    ],
  });
  return answer.rows.map(({ text }) => text);
}

const FIND = {
  name: 'find-existing-refs',
  text: `SELECT w.text
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
      AS w (text, namespace, layer, name, catalog_namespace)
    WHERE EXISTS (
        SELECT 1 FROM pipelines p
        WHERE p.namespace = w.namespace AND p.layer = w.layer AND p.name = w.name
          AND p.deleted_at IS NULL
      )
      OR EXISTS (
        SELECT 1 FROM lake.iceberg_tables c
        WHERE c.catalog_name = $1
          AND c.table_namespace = w.catalog_namespace
          AND c.table_name = w.name
      )`,
};
