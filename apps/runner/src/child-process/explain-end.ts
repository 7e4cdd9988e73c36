import { childEnd } from './children.ts';

/** Why a process ended before it had answered. */
export type ChildEnd =
  | { kind: 'out_of_memory' }
  /** By a signal that another process sends, or by nothing that is known. */
  | { kind: 'killed'; signal: string | undefined }
  /** By a signal that a process gets for its own mistake. */
  | { kind: 'crashed'; signal: string };

/** What the runner saw of the end. */
export interface EndFacts {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  /** Whether the memory watch killed the process. */
  exceeded: boolean;
  /** Whether the process held nearly all the memory that it may. */
  isNearLimit: boolean;
}

/** What only others send: an operator, the kernel when the machine is short of memory, a service manager. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
]);

/** The last words of C++, V8 and Node when an allocation is refused. */
const NO_MEMORY = /bad_alloc|out of memory|allocation failed|cannot allocate memory|ENOMEM/i;

/** Tells a lack of memory, a crash and a kill from outside apart. */
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
