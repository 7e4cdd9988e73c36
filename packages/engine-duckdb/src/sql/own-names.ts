import type { Place } from './sql-position.ts';

/**
 * What the platform writes into an author's SQL in place of a table or a landing zone: the view of
 * an input, and the variable with the files of a zone. An input without the dots of an address
 * stands for a zone without files.
 */
const OWN_NAME =
  /(?:\bmemory\.)?\brat_(?:inputs|tested)\."((?:[^"]|"")*)"|\bgetvariable\('landing_zone:([^']*)'\)/g;

/** The platform's schemas in DuckDB's messages, which quote no name. */
const OWN_SCHEMA = /(?:\bmemory\.)?\brat_(?:inputs|tested)\./g;

const ADDRESS = /^[^.]*\.[^.]*\.[^.]*$/;
const FILENAME_SUFFIX = /\.filename$/;

/**
 * Replaces the platform's own names in SQL by those that authors know: a table's address, or the call
 * of landing_zone().
 *
 * @example
 * authorsSql('FROM memory.rat_inputs."default.bronze.orders"'); // FROM default.bronze.orders
 */
export function authorsSql(sql: string): string {
  return sql.replace(OWN_NAME, (_, input: string | undefined, zone: string | undefined) => {
    if (input === undefined) return callOf(zone ?? '');
    return ADDRESS.test(input) ? input : callOf(input.replace(FILENAME_SUFFIX, ''));
  });
}

/** The same for a message, which may have the schema without quotes around the name. */
export function showAuthorsNames(message: string): string {
  return authorsSql(message).replace(OWN_SCHEMA, '');
}

/** SQL with the names that its author knows, and where a place of it then is. */
export function placeInAuthorsSql(sql: string, place: Place): { sql: string; place: Place } {
  const line = sql.split('\n')[place.line - 1] ?? '';
  const before = [...line].slice(0, place.column - 1).join('');
  // A place within a name becomes its beginning.
  const name = [...line.matchAll(OWN_NAME)].find(
    ({ index, 0: whole }) => index < before.length && before.length < index + whole.length,
  );
  const outside = name === undefined ? before : line.slice(0, name.index);
  const column = [...authorsSql(outside)].length + 1;
  return { sql: authorsSql(sql), place: { line: place.line, column } };
}

/** The author's name of what the platform wrote at an offset of the SQL; undefined for other text. */
export function authorsNameAt(sql: string, offset: number): string | undefined {
  const name = [...sql.matchAll(OWN_NAME)].find(
    ({ index, 0: whole }) => index <= offset && offset < index + whole.length,
  );
  return name && authorsSql(name[0]);
}

function callOf(zone: string): string {
  return `landing_zone('${zone}')`;
}
