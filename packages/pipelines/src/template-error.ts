/**
 * A template that cannot be turned into SQL. `line` and `column` count from 1 in the author's file,
 * in code points; both are undefined when the mistake has no single position.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly code = 'template_error';
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(
    message: string,
    place: { line?: number; column?: number } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.line = place.line;
    this.column = place.column;
  }
}
