/**
 * Replaces what a Postgres text cannot hold: NUL, and a lone surrogate, which cutting a text can
 * leave. One such character would make the whole statement fail.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** JSON text for a jsonb column, with every string in it made storable. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? storableText(part) : part,
  );
}
