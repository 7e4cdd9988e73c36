import type pg from 'pg';

/** A name after one colon; `::` is a cast. Lower case, so that time formats do not match. */
const PARAMETER = /(?<!:):([a-z][a-z_]*)/g;

/**
 * Builds a prepared statement with named parameters, for statements with more of them than a
 * reader can count. Call it when the module loads: it replaces each `:name` by `$n` once, in the
 * order of `names`, and throws when the text and `names` do not match.
 *
 * @example
 * const RENAME = namedStatement('rename', ['id', 'name'], 'UPDATE t SET name = :name WHERE id = :id');
 * await db.pool.query(RENAME({ id, name }));
 */
export function namedStatement<const Names extends readonly string[]>(
  name: string,
  names: Names,
  text: string,
): (values: Record<Names[number], unknown>) => pg.QueryConfig {
  const unused = new Set<string>(names);
  const positional = text.replaceAll(PARAMETER, (_match, parameter: string) => {
    const index = names.indexOf(parameter);
    if (index === -1) throw new Error(`statement ${name} does not declare :${parameter}`);
    unused.delete(parameter);
    return `$${index + 1}`;
  });
  for (const parameter of unused) throw new Error(`statement ${name} does not use :${parameter}`);
  return (values) => ({
    name,
    text: positional,
    values: names.map((parameter: Names[number]) => values[parameter]),
  });
}
