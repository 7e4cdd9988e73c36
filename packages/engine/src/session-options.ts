import type { SandboxLimits } from './sandbox-settings.ts';

/** What a session is opened with. Paths are absolute; both folders exist. */
export interface SessionOptions extends Omit<SandboxLimits, 'inputFiles'> {
  inputs: SessionInputs;
  /** How many queries may go on at once, at least 1, which is the default; statements always go one by one. */
  lanes?: number;
  /** Whether DuckDB measures every statement; costs a file each. */
  profiles?: boolean;
  /** Told every second while one statement runs: how much of it is done, and how many rows it has read so far. */
  onProgress?: (percent: number, rows: number) => void;
}

/** All that an author's SQL may read. */
export interface SessionInputs {
  /** By the name of the view: the SELECT that it shows, and all files that this SELECT reads. */
  tables: Readonly<Record<string, { sql: string; files: readonly string[] }>>;
  /** Files by the name of the session variable that lists them. Relative paths begin in `folder`. */
  fileLists: Readonly<Record<string, readonly string[]>>;
  /**
   * A folder that holds nothing but inputs; absolute. The process works there while the session is open, so that SQL and
   * messages show short relative paths. One process therefore has at most one such session at a time.
   */
  folder?: string;
  /** Files without a name, which only statements of ours mention. */
  files?: readonly string[];
}
