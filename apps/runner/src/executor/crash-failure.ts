import type { Failure } from '@rat/domain';
import type { ChildEnd } from '../child-process/explain-end.ts';

const CRASHED = 'the process that executed the run ended unexpectedly';

/** Returns the failure of a run whose process ended during the run. */
export function crashFailure(end: ChildEnd): Failure {
  switch (end.kind) {
    case 'out_of_memory':
      return {
        code: 'out_of_memory',
        message: 'the run needs more memory than it may use: its process was stopped',
      };
    case 'killed': {
      // An operator or the kernel sent the signal, the kernel for lack of memory. It may not happen
      // again, so the run is retried.
      const hint =
        end.signal === 'SIGKILL' ? ': killed from outside, most likely for lack of memory' : '';
      return { code: 'internal', message: `${CRASHED}${named(end.signal)}${hint}` };
    }
    case 'crashed':
      // The first crash may be an accident. The settlement blames the author for a second crash of
      // the same run.
      return {
        code: 'internal',
        message: `${CRASHED}${named(end.signal)}`,
        crash: end.signal,
      };
  }
}

function named(signal: string | undefined): string {
  return signal === undefined ? '' : ` (${signal})`;
}
