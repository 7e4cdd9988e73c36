/** A line of a source, with its number. */
export interface SourceLine {
  number: number;
  text: string;
}

/** Some lines of a file around one of them. */
export function excerptOf(
  source: string,
  { line, around }: { line: number; around: number },
): SourceLine[] {
  return source
    .replace(/\n$/, '')
    .split('\n')
    .map((text, index) => ({ number: index + 1, text }))
    .filter(({ number }) => Math.abs(number - line) <= around);
}

/** What stands before a column, as wide as it: tabs stay tabs, so that a caret below it points at the column. */
export function indentTo(text: string, column: number): string {
  return text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
}

/** A message without the excerpt that the engine appends to it, which counts in the compiled SQL. */
export function withoutExcerpt(message: string): string {
  return message.replace(/\n+LINE \d+:[\s\S]*$/, '').trim();
}
