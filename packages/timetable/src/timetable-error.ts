/** The field of a schedule that is wrong. */
export type TimetableField = 'cron' | 'timezone' | 'every_seconds' | 'offset_seconds';

/** A schedule that cannot be: the message says what is wrong and what would be right. */
export class TimetableError extends Error {
  override readonly name = 'TimetableError';
  readonly field: TimetableField;

  constructor(field: TimetableField, message: string, options?: ErrorOptions) {
    super(`${field}: ${message}`, options);
    this.field = field;
  }
}
