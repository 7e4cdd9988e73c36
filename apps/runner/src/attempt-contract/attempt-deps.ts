import type { LogLevel } from '@rat/domain';
import type { DispatchObserver } from '@rat/dispatch';
import type { RunHints } from '@rat/hints';
import type { LocalTableFiles, LocalWarehouse } from '@rat/storage';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { Traces } from '@rat/traces';
import type { Children } from '../child-process/children.ts';
import type { ExecutorPool } from '../executor/executor-pool.ts';
import type { ActiveAttempts } from './active-attempts.ts';

/** The limits of one execution. */
export interface ExecutionLimits {
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  targetFileMb: number;
  /** The timeout of a run for which neither pipeline nor caller sets one. */
  runTimeoutMs: number;
  /** The installation's cap for timeouts of pipelines and callers. */
  maxRunTimeoutMs: number;
  /** The installation's cap for retries. */
  maxRetries: number;
  /** How long readers may still read a version of a table after main moved on. */
  keepMs: number;
  /** How long the branch of a run in quarantine is kept for inspection. */
  quarantineMs: number;
  /** The most log lines that one attempt may write. */
  logMaxLines: number;
  /** The least important level that a run's log keeps. */
  runLogLevel: LogLevel;
}

/** Learns what the background work of this runner does. It must not throw. */
export interface RunnerObserver extends DispatchObserver {
  /** An OpenLineage event that the receiver refused, or failed at in every try. */
  lineageEventLeftOut: (reason: 'refused' | 'failed') => void;
}

/** The dependencies of executing an attempt. */
export interface AttemptDeps {
  runnerId: string;
  /** The pools whose runs this runner may execute. */
  pools: readonly string[];
  leaseMs: number;
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  warehouse: LocalWarehouse;
  /** The warehouse's files by URI, as Iceberg names them. */
  tables: LocalTableFiles;
  /** Absolute paths of home, warehouse and landing zones. A run's log must not show them. */
  ownFolders: readonly string[];
  executors: ExecutorPool;
  /**
   * The group of the users that executors run as; absent when they run as the runner's own user.
   */
  executorGid?: number | undefined;
  /** Starts child processes besides the executors, for example for compaction. */
  children: Children;
  held: ActiveAttempts;
  limits: ExecutionLimits;
  log: Logger;
  /** Absent: there are no traces. */
  traces?: Traces | undefined;
  /** Counts the background work of this process; absent where nothing serves the numbers. */
  observer?: RunnerObserver;
}
