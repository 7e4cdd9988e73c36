/**
 * Formats a list as a Postgres array literal, for arrays of text and of types that are cast from
 * text. The driver formats it the same way in twice the time, and formatting is most of the cost of
 * a log row.
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
