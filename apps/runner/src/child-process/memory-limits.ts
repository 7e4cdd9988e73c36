const MB = 1024 * 1024;

/**
 * What Node, V8 and DuckDB's library reserve before the first statement runs, measured at 135 MB.
 */
const BASE_MB = 150;

/** The least room above its limit that a process gets. */
const LEAST_ABOVE_LIMIT_MB = 256;

/**
 * The least ceiling of a process, for small limits. A process that reads a CSV of one row maps up to
 * 412 MB, measured: DuckDB takes 32 MB per buffer, and its allocator keeps the mapping of a freed
 * one.
 */
const LEAST_CEILING_MB = 512;

/** How far a process may exceed its limit before it is stopped. */
const STOP_AT = 1.5;

/**
 * The watch stops a process a little earlier than the kernel would, since its samples are
 * milliseconds apart.
 */
const WATCH_AT = 0.95;

/** Each further thread of DuckDB maps a stack of 8 MB, of which it touches a few pages. */
const STACK_MB = 8;

/** The configured limits of a process. */
export interface ProcessLimits {
  memoryLimitMb: number;
  threads: number;
}

/** The three sizes that follow from one configured limit. */
export interface MemoryPlan {
  /** DuckDB's own `memory_limit`; beyond it, DuckDB spills. */
  engineMb: number;
  /**
   * Resident memory that a process may keep between two runs. Memory that its allocator keeps is
   * missing in the next run.
   */
  idleBytes: number;
  /**
   * Mapped memory that a process may keep between two runs. An allocator returns pages and keeps
   * their mapping, which the kernel counts against the ceiling of the next run.
   */
  idleMappedBytes: number;
  /** Resident memory at which the watch kills the process. */
  watchBytes: number;
  /** The kernel refuses private memory beyond this; it counts mapped memory, touched or not. */
  ceilingBytes: number;
}

/**
 * Divides a limit so that a statement that spills is never stopped. DuckDB's allocator holds up to
 * 1.9 times what DuckDB accounts for (fragments, buffers of sorts and joins), so the engine gets
 * about half of the room above the base.
 */
export function planMemory({ memoryLimitMb: limitMb, threads }: ProcessLimits): MemoryPlan {
  const mostMb = Math.max(limitMb * STOP_AT, limitMb + LEAST_ABOVE_LIMIT_MB, LEAST_CEILING_MB);
  return {
    engineMb: Math.min(limitMb, Math.floor((mostMb - BASE_MB) / 2)),
    idleBytes: Math.floor((BASE_MB + (mostMb - BASE_MB) / 4) * MB),
    idleMappedBytes: Math.floor((BASE_MB + (mostMb - BASE_MB) / 4 + threads * STACK_MB) * MB),
    watchBytes: Math.floor(mostMb * WATCH_AT * MB),
    ceilingBytes: Math.floor((mostMb + (threads - 1) * STACK_MB) * MB),
  };
}
