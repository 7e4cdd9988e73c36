import type { StagedFile } from '@rat/contracts';
import type { Failure } from '@rat/domain';

/** How one execution ended, before anything is published. */
export type ExecutorOutcome =
  | {
      kind: 'finished';
      /** Paths relative to the staging folder. */
      files: StagedFile[];
      rows: number;
      bytes: number;
      columns: { name: string; type: string }[];
    }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'interrupted' };
