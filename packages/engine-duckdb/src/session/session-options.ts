import type { SandboxLimits } from '../sandbox/sandbox-settings.ts';

/** The inputs, limits and folders of a session. Paths are absolute; both folders exist. */
export interface SessionOptions extends Omit<SandboxLimits, 'inputFiles'> {
  inputs: SessionInputs;
  /** The number of parallel queries, 1 by default; statements always run one by one. */
  lanes?: number;
  /** Whether DuckDB profiles every statement; each profile costs a file. */
  profiles?: boolean;
  /** Called every second while a statement runs, with its progress and the rows read so far. */
  onProgress?: (percent: number, rows: number) => void;
}

/** All inputs that an author's SQL may read. */
export interface SessionInputs {
  /** By view name: the SELECT of the view, and all files that it reads. */
  tables: Readonly<Record<string, { sql: string; files: readonly string[] }>>;
  /**
   * Files by the name of the session variable that lists them. Relative paths start in `folder`.
   */
  fileLists: Readonly<Record<string, readonly string[]>>;
  /**
   * A folder of inputs only; absolute. The process works there while the session is open, so that
   * SQL and messages contain short relative paths. So one process has at most one such session at a
   * time.
   */
  folder?: string;
  /** Files without a name, which only the platform's statements read. */
  files?: readonly string[];
}
