/**
 * A template that cannot be turned into SQL. `line` and `column` count from 1 in the author's file,
 * in code points; both are undefined when the mistake has no single position.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly code = 'template_error';
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What to write instead, where that is known; also a part of the message. */
  readonly fix: string | undefined;

  constructor(
    message: string,
    place: { line?: number; column?: number; fix?: string } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.line = place.line;
    this.column = place.column;
    this.fix = place.fix;
  }
}
