import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import type { NamedTable } from '@rat/engine';

/**
 * The tables that the names of a query mean. A name of one part is one of the query's own, from a WITH clause; if it is
 * not, DuckDB will say so. Throws InputError for a name that can be no table's.
 */
export function tableRefs(named: readonly NamedTable[], namespace: string): PipelineRef[] {
  const refs = new Map<string, PipelineRef>();
  for (const { catalog, schema, table } of named) {
    if (schema === undefined) continue;
    const home = catalog ?? namespace;
    if (!isLayer(schema) || !isSlug(home) || !isSlug(table)) {
      const name = [catalog, schema, table].filter((part) => part !== undefined).join('.');
      throw new InputError(
        `there is no table ${name}: tables are layer.name or "namespace".layer.name, with layer bronze, silver or gold`,
      );
    }
    refs.set(`${home}.${schema}.${table}`, { namespace: home, layer: schema, name: table });
  }
  return [...refs.values()];
}
