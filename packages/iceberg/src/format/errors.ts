/**
 * The input is no Iceberg v2 table, or uses a part of the format that this room must not change.
 */
export class TableFormatError extends Error {
  override readonly name = 'TableFormatError';
}

/** The table is outside of this port's storage: another engine owns it, and must keep it. */
export class TableElsewhereError extends TableFormatError {}

/** A table cannot store a column's type; the message contains the cast that an author can write. */
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
 * The table changed after the branch began, so publishing would undo another writer's commit. The
 * branch stays unchanged: its work must be repeated on the new state.
 */
export class StaleBranchError extends Error {
  override readonly name = 'StaleBranchError';
}
