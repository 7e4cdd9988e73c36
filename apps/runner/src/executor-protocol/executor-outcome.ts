import type { Failure } from '@rat/domain';
import type { StagedOutput } from '@rat/engine';

/**
 * Whether the staged files are a branch of their table now, so that the tests may run, or the run
 * fails.
 */
export type AuditAnswer = { type: 'audit' } | { type: 'refuse'; failure: Failure };

/** How one execution ended, before anything is published. */
export type ExecutorOutcome =
  | ({ kind: 'finished' } & StagedOutput)
  | { kind: 'audited' }
  /** Nothing was written: a landing zone has no files. */
  | { kind: 'skipped' }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'interrupted' };
