/** One statement of a longer text, without its semicolon. */
export interface Statement {
  /** The text from the first token to the last, with the comments between them. */
  text: string;
  /** The line in the whole text, from 1. */
  line: number;
  /** The column of the first token in that line, from 1, in code points. */
  column: number;
}
