/**
 * A list as Postgres reads an array of text, or of anything that text casts to. What the driver writes by itself is the
 * same and takes twice the time, of which a line of a log is most of the price.
 */
export function arrayLiteral(values: readonly (string | undefined)[]): string {
  return `{${values.map(element).join(',')}}`;
}

const ESCAPED = /["\\]/;
const ESCAPES = /["\\]/g;

function element(value: string | undefined): string {
  if (value === undefined) return 'NULL';
  return `"${ESCAPED.test(value) ? value.replaceAll(ESCAPES, '\\$&') : value}"`;
}
