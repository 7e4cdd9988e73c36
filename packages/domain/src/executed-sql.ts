/** A statement of the SQL that an attempt executed. */
export interface ExecutedStatement {
  text: string;
  /** Where it begins in the compiled SQL, from 1. */
  line: number;
  column: number;
  /** Rows that it returned or changed; undefined for one that did not end. */
  rows?: number | undefined;
  /** Undefined for one that did not end. */
  durationMs?: number | undefined;
}

/** The SQL that an attempt executed, without secrets and of bounded size. */
export interface ExecutedSql {
  /** The SQL that the template rendered to. */
  compiled: string;
  statements: ExecutedStatement[];
  /** Whether a text was cut, or statements were left out. */
  isTruncated: boolean;
}
