/** One statement of a longer text, without its semicolon. */
export interface Statement {
  /** The text from the first token to the last, with the comments between them. */
  text: string;
  /** The line in the whole text, from 1. */
  line: number;
  /** The column of the first token in that line, from 1, in code points. */
  column: number;
  /**
   * The offsets in `text` of quotes that its author did not write: the engine needs them around a
   * namespace that is a word of its language, as in `"default".silver.orders`.
   */
  addedQuotes?: readonly number[];
}

/** The text of a statement as its author wrote it. */
export function writtenText({ text, addedQuotes = [] }: Statement): string {
  let written = '';
  let from = 0;
  for (const at of addedQuotes) {
    // A step that replaced a part of the text has moved the quotes: then it is shown as it is.
    if (text[at] !== '"') return text;
    written += text.slice(from, at);
    from = at + 1;
  }
  return written + text.slice(from);
}
