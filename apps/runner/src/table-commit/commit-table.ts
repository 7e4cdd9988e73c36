import type { PipelineRef } from '@rat/domain';
import { discardState, type NextState } from '@rat/iceberg';
import type { TableFiles } from '@rat/storage';
import type { Logger } from '@rat/runtime';
import type { PointerMove } from '@rat/store';
import { pauseBeforeRetry } from './pause-before-retry.ts';

/** Each writer holds the table for milliseconds, so ten lost commits in a row mean constant traffic. */
const TRIES = 10;

/** The table as the catalog has it now; undefined: the table does not exist. */
type Loaded = { location: string | undefined } | undefined;

/** Why a commit ends without a new version, and another try would not help. */
export interface Refused<Refusal> {
  kind: 'refused';
  refusal: Refusal;
}

/**
 * The answer of one commit.
 * - `committed`: the catalog points at the new version.
 * - `conflict`: another writer moved the pointer first.
 * - `refused`: the fence is shut, for example because a newer attempt owns the run.
 */
export type CommitAnswer<Receipt, Refusal> =
  | { kind: 'committed'; receipt: Receipt }
  | { kind: 'conflict' }
  | Refused<Refusal>;

/** How the loop ended. `conflict`: other writers won every try. */
export type CommitResult<Next, Receipt, Refusal> =
  | { kind: 'committed'; receipt: Receipt; next: Next }
  | { kind: 'conflict' }
  | Refused<Refusal>;

/** One change of one table. */
export interface TableCommit<Current extends Loaded, Next extends NextState, Receipt, Refusal> {
  table: PipelineRef;
  /** Reads the current version. Every try calls it again. */
  load: () => Promise<Current>;
  /** Writes the next version beside the current one. Every try calls it again. */
  build: (current: Current) => Promise<{ kind: 'next'; next: Next } | Refused<Refusal>>;
  /** Moves the catalog pointer under the caller's fence: an attempt, a decision or a maintenance. */
  commit: (move: PointerMove, next: Next) => Promise<CommitAnswer<Receipt, Refusal>>;
  /** Runs between the commit and the removal of expired metadata. */
  afterCommit?: (next: Next, current: Current) => Promise<void>;
  /** Waits before the next try; tests replace it. */
  pause?: (tries: number) => Promise<void>;
}

/**
 * Changes a table with optimistic concurrency: load the current version, build the next one, move
 * the catalog pointer. When another writer moved the pointer first, the loop discards the version it
 * built, waits, and starts again from the newer one, ten times at most.
 *
 * An error of `commit` leaves open whether the pointer moved. The loop then keeps the version: the
 * catalog may already point at it, and maintenance removes it if not.
 *
 * @example
 * const result = await commitTable(deps, { table, load, build, commit });
 * if (result.kind === 'conflict') throw new ConflictError('other writers keep changing the table');
 */
export async function commitTable<Current extends Loaded, Next extends NextState, Receipt, Refusal>(
  deps: { tables: TableFiles; log: Logger },
  change: TableCommit<Current, Next, Receipt, Refusal>,
): Promise<CommitResult<Next, Receipt, Refusal>> {
  const { table, load, build, commit, afterCommit, pause = pauseBeforeRetry } = change;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await load();
    const built = await build(current);
    if (built.kind === 'refused') return built;
    const { next } = built;
    const move = { table, expected: current?.location, next: next.location };
    const answer = await commit(move, next);
    if (answer.kind === 'committed') {
      await afterCommit?.(next, current);
      await deleteExpiredMetadata(deps, next);
      return { ...answer, next };
    }
    await discardState(deps.tables, next);
    if (answer.kind === 'refused') return answer;
    await pause(tries);
  }
  return { kind: 'conflict' };
}

/** Translates the store's answer to a fenced pointer move. */
export function fencedAnswer(
  answer: 'committed' | 'conflict' | 'fenced',
): CommitAnswer<undefined, 'fenced'> {
  switch (answer) {
    case 'committed':
      return { kind: 'committed', receipt: undefined };
    case 'conflict':
      return { kind: 'conflict' };
    case 'fenced':
      return { kind: 'refused', refusal: 'fenced' };
  }
}

/** Deletes metadata files that the table's log no longer names. Maintenance finds what stays. */
async function deleteExpiredMetadata(
  deps: { tables: TableFiles; log: Logger },
  next: NextState,
): Promise<void> {
  const removals = next.expiredMetadataUris.map((uri) => deps.tables.remove(uri));
  const failed = (await Promise.allSettled(removals)).find((one) => one.status === 'rejected');
  if (failed !== undefined) deps.log.warn({ err: failed.reason }, 'old metadata not removed');
}
