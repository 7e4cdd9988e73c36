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
 * Replaces the platform's own names by those that authors know: a table's address, or the call of
 * landing_zone().
 *
 * @example
 * showAuthorsNames('FROM memory.rat_inputs."default.bronze.orders"'); // FROM default.bronze.orders
 */
export function showAuthorsNames(text: string): string {
  return replaceNames(text).replace(OWN_SCHEMA, '');
}

/** The line of a place with the names that its author knows, and the place within that line. */
export function placeInAuthorsNames(text: string, place: Place): { text: string; place: Place } {
  const lines = text.split('\n');
  const line = lines[place.line - 1] ?? '';
  const shown = replaceNames(line);
  if (shown === line) return { text, place };
  const before = [...line].slice(0, place.column - 1).join('');
  // A place within a name becomes its beginning.
  const name = [...line.matchAll(OWN_NAME)].find(
    ({ index, 0: whole }) => index < before.length && before.length < index + whole.length,
  );
  const outside = name === undefined ? before : line.slice(0, name.index);
  const column = [...replaceNames(outside)].length + 1;
  lines[place.line - 1] = shown;
  return { text: lines.join('\n'), place: { line: place.line, column } };
}

function replaceNames(text: string): string {
  return text.replace(OWN_NAME, (_, input: string | undefined, zone: string | undefined) => {
    if (input === undefined) return callOf(zone ?? '');
    return ADDRESS.test(input) ? input : callOf(input.replace(FILENAME_SUFFIX, ''));
  });
}

function callOf(zone: string): string {
  return `landing_zone('${zone}')`;
}
