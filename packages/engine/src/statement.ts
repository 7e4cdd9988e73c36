/** One statement of a longer text, without its semicolon. */
export interface Statement {
  /** From its first token to its last, with the comments between them. */
  text: string;
  /** Its position in the whole text; both count from 1, columns in code points. */
  line: number;
  column: number;
}
