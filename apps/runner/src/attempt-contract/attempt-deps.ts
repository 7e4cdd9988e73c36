import type { LogLevel } from '@rat/domain';
import type { RunHints } from '@rat/hints';
import type { LocalTableFiles, LocalWarehouse } from '@rat/storage';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { Children } from '../child-process/children.ts';
import type { ExecutorPool } from '../executor/executor-pool.ts';
import type { ActiveAttempts } from './active-attempts.ts';

/** What one execution may use. */
export interface ExecutionLimits {
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  targetFileMb: number;
  /** Of a run that neither its pipeline nor its caller limits. */
  runTimeoutMs: number;
  /** The installation's cap, whatever they say. */
  maxRunTimeoutMs: number;
  /** Further attempts at most, whatever they say. */
  maxRetries: number;
  /** How long a version of a table can be read after it ceased to be main's. */
  keepMs: number;
  /** How long the branch of a run whose tests failed is kept to look at. */
  quarantineMs: number;
  /** Most lines of a run's log that one attempt may write. */
  logMaxLines: number;
  /** Least important line that a run's log keeps. */
  runLogLevel: LogLevel;
}

/** What the execution of any attempt needs. */
export interface AttemptDeps {
  runnerId: string;
  /** Whose runs this runner may execute. */
  pools: readonly string[];
  leaseMs: number;
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  warehouse: LocalWarehouse;
  /** The warehouse's files by URI, as Iceberg names them. */
  tables: LocalTableFiles;
  /** Home, warehouse and landing zones: absolute, and no business of who reads a run's log. */
  ownFolders: readonly string[];
  executors: ExecutorPool;
  /** The group of the users that executors run as; absent when they run as the runner's own user. */
  executorGid?: number | undefined;
  /** Starts the processes that work on data outside of a run's SQL. */
  children: Children;
  held: ActiveAttempts;
  limits: ExecutionLimits;
  log: Logger;
}
