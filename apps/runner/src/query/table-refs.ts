import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import type { NamedTable } from '@rat/engine';

/**
 * The tables behind the names in a query. A name of one part belongs to a WITH clause of the query; otherwise DuckDB
 * reports it. Throws InputError for a name that no table can have.
 */
export function tableRefs(named: readonly NamedTable[], namespace: string): PipelineRef[] {
  const refs = new Map<string, PipelineRef>();
  for (const name of named) {
    if (name.schema === undefined) continue;
    const schema = plainCase(name.schema);
    const table = plainCase(name.table);
    const home = name.catalog === undefined ? namespace : plainCase(name.catalog);
    if (!isLayer(schema) || !isSlug(home) || !isSlug(table)) {
      const parts = [name.catalog, name.schema, name.table];
      const asked = parts.filter((part) => part !== undefined).join('.');
      throw new InputError(
        `there is no table ${asked}: tables are layer.name or namespace.layer.name, with layer bronze, silver or gold`,
      );
    }
    refs.set(`${home}.${schema}.${table}`, { namespace: home, layer: schema, name: table });
  }
  return [...refs.values()];
}

/** DuckDB finds names in any case of ASCII letters, quoted ones as well; all of ours are in lower case. */
function plainCase(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
