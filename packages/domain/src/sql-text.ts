/** Quotes a name as an SQL identifier that keeps its exact spelling. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text as an expression: one literal, unless it contains the character NUL. */
export function quoteText(text: string): string {
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  // SQL text ends at a NUL character, so a literal cannot contain one.
  return parts.length === 1 ? `${parts[0]}` : `(${parts.join(' || chr(0) || ')})`;
}
