import { setTimeout as pause } from 'node:timers/promises';
import type { RatClient } from '@rat/client';
import { afterNeeds } from './after-needs.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { shortId } from './format.ts';
import { printResult } from './follow-run.ts';
import { onInterrupt } from './interrupts.ts';

type RunGroup = Awaited<ReturnType<RatClient['runGroups']['getRunGroup']>>;

const POLL_MS = 500;

export interface FollowGroupOptions {
  /** Stops following after this time; the runs continue. */
  timeoutSeconds: number | undefined;
  /** Whether a signal cancels the group instead of leaving it alone. */
  cancelOnExit: boolean;
}

/**
 * Prints each run of a group as it ends, until the whole group has ended. Resolves with the exit code: 0 when every run
 * succeeded, 1 when one failed, 3 when the group was cancelled.
 */
export async function followGroup(
  context: CliContext,
  id: string,
  { timeoutSeconds, cancelOnExit }: FollowGroupOptions,
): Promise<number> {
  const { rat, terminal } = context;
  const leaving = new AbortController();
  const leave = (exitCode: number): void => leaving.abort(exitCode);
  const cancel = (): void => {
    rat.runGroups.cancelRunGroup(id).catch((error: unknown) => terminal.note(String(error)));
  };
  const unwatch = onInterrupt(terminal, {
    isAsked: !context.options.json && !cancelOnExit,
    leave: () => (cancelOnExit ? cancel() : leave(EXIT.detached)),
    cancel,
  });
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => leave(EXIT.timedOut), timeoutSeconds * 1000);
  try {
    const shown = new Map<string, string>();
    for (;;) {
      const { signal } = leaving;
      const group = await rat.runGroups.getRunGroup(id, { signal });
      if (!context.options.json) await printChanges(context, group, shown);
      if (group.status !== 'running') {
        if (context.options.json) terminal.data(JSON.stringify(group));
        return exitCodeOfGroup(group.status);
      }
      await pause(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    terminal.note(`the runs of group ${id} continue; look at them with: rat runs`);
    return Number(leaving.signal.reason);
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

async function printChanges(
  context: CliContext,
  { nodes }: RunGroup,
  shown: Map<string, string>,
): Promise<void> {
  for (const { pipeline, state, run_id: id } of afterNeeds(nodes)) {
    if (shown.get(pipeline) === state) continue;
    shown.set(pipeline, state);
    const isEnd = state === 'success' || state === 'failed' || state === 'cancelled';
    if (isEnd && id !== null) await printResult(context, await context.rat.runs.get(id));
    else if (state === 'blocked')
      context.terminal.note(`${pipeline} gets no run: one that it needs did not succeed`);
    else if (id !== null) context.terminal.note(`▶ ${pipeline} ${shortId(id)} ${state}`);
  }
}

function exitCodeOfGroup(status: RunGroup['status']): number {
  if (status === 'success') return EXIT.success;
  return status === 'cancelled' ? EXIT.runCancelled : EXIT.runFailed;
}
