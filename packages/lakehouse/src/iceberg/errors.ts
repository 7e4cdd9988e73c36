/** What was read is no Iceberg v2 table, or uses a part of the format that this room must not touch. */
export class TableFormatError extends Error {
  override readonly name = 'TableFormatError';
}

/** The table lies where this port does not reach: it is another engine's, and nothing here may take its place. */
export class TableElsewhereError extends TableFormatError {}

/** A column's type cannot be stored in a table; the message names the cast that an author can write. */
export class UnsupportedTypeError extends Error {
  override readonly name = 'UnsupportedTypeError';
}

/** A batch's columns do not fit the table's; the author decides which of the two is right. */
export class SchemaConflictError extends Error {
  override readonly name = 'SchemaConflictError';
  readonly column: string;

  constructor(column: string, message: string) {
    super(message);
    this.column = column;
  }
}

/**
 * The table moved on since the branch was made, so that publishing would undo somebody else's commit. The branch is
 * left as it is: its work must be done again on the new state.
 */
export class StaleBranchError extends Error {
  override readonly name = 'StaleBranchError';
}
