/** One `-- @key: value` line. `line` and `column` (of the `@`) count from 1. */
export interface Annotation {
  key: string;
  /** Undefined when the colon is missing: an ordinary comment, or a slip. */
  value: string | undefined;
  line: number;
  column: number;
}

/**
 * Reads the annotations of an SQL text's leading comment block: line comments and blank lines, up to the first other
 * line. Ordinary comments in between are skipped. Keys are not judged here.
 */
export function parseAnnotations(sql: string): Annotation[] {
  const annotations: Annotation[] = [];
  for (const [index, line] of sql
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const text = line.trim();
    if (text === '') continue;
    if (!text.startsWith('--')) break;
    const match = /^--\s*@([^\s:]+)\s*(:?)(.*)$/.exec(text);
    if (!match) continue;
    const [, key = '', colon, rest = ''] = match;
    annotations.push({
      key,
      value: colon ? rest.trim() : undefined,
      line: index + 1,
      column: line.indexOf('@') + 1,
    });
  }
  return annotations;
}
