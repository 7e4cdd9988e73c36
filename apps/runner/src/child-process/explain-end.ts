import { childEnd } from './children.ts';

/** Why a process ended before it answered. */
export type ChildEnd =
  | { kind: 'out_of_memory' }
  /** Ended by a signal of another process, or for an unknown reason. */
  | { kind: 'killed'; signal: string | undefined }
  /** Ended by a signal for its own defect, such as SIGSEGV. */
  | { kind: 'crashed'; signal: string };

/** What the runner observed of the end. */
export interface EndFacts {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  /** Whether the memory watch killed the process. */
  exceeded: boolean;
  /** Whether the process held nearly all the memory that it may. */
  isNearLimit: boolean;
}

/**
 * Signals that only other processes send: an operator, a service manager, the kernel when memory is
 * short.
 */
const FROM_OUTSIDE: ReadonlySet<string> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
]);

/** The last messages of C++, V8 and Node when an allocation fails. */
const NO_MEMORY = /bad_alloc|out of memory|allocation failed|cannot allocate memory|ENOMEM/i;

/** Distinguishes a lack of memory, a crash, and a kill by another process. */
export function explainEnd(facts: EndFacts): ChildEnd {
  if (facts.exceeded) return { kind: 'out_of_memory' };
  const { code, signal } = childEnd(facts.code, facts.signal);
  if (signal !== null && FROM_OUTSIDE.has(signal)) return { kind: 'killed', signal };
  if (facts.isNearLimit || NO_MEMORY.test(facts.stderr)) return { kind: 'out_of_memory' };
  if (signal !== null) return { kind: 'crashed', signal };
  return code === null
    ? { kind: 'killed', signal: undefined }
    : { kind: 'crashed', signal: `exit code ${code}` };
}
