/**
 * Text as Postgres can hold it. NUL and half of a surrogate pair, which a cut leaves behind, would be refused, and with
 * them the whole statement.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** JSON text for a jsonb column, every string in it storable. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? storableText(part) : part,
  );
}
