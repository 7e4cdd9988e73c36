import type { RunEventsQuery } from '@rat/client';
import { isTerminal } from '@rat/domain/words';
import type { CliContext } from './context.ts';
import { EXIT, exitCodeOfRun } from './exit-codes.ts';
import {
  colourOf,
  formatExcerpt,
  formatLogLine,
  formatResult,
  shortId,
  type RunDetail,
} from './format.ts';
import { onInterrupt } from './interrupts.ts';

export interface FollowRunOptions {
  query?: RunEventsQuery;
  /** Stops following after this time; the run continues. */
  timeoutSeconds?: number | undefined;
  /** Whether a signal cancels the run instead of leaving it alone. */
  cancelOnExit?: boolean | undefined;
  /** Whether the lines of the log are shown. */
  hasLog: boolean;
}

/** Prints a run's log until it ends. Resolves with the exit code, which is that of the run's result. */
export async function followRun(
  context: CliContext,
  id: string,
  options: FollowRunOptions,
): Promise<number> {
  const { rat, terminal } = context;
  const { json } = context.options;
  const leaving = new AbortController();
  const leave = (exitCode: number): void => leaving.abort(exitCode);
  const cancel = (): Promise<unknown> => rat.runs.cancel(id);
  const unwatch = onInterrupt(terminal, {
    isAsked: !json && options.cancelOnExit !== true,
    leave: () => {
      if (options.cancelOnExit !== true) return leave(EXIT.detached);
      // The stream ends with the run.
      terminal.note('cancelling the run …');
      cancel().catch(() => leave(EXIT.detached));
    },
    cancel: () => void cancel().catch((error: unknown) => terminal.note(String(error))),
  });
  const { timeoutSeconds } = options;
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => leave(EXIT.timedOut), timeoutSeconds * 1000);
  try {
    const { signal } = leaving;
    for await (const event of rat.runs.events(id, options.query ?? {}, { signal })) {
      if (json) terminal.data(JSON.stringify({ event: event.event, ...event.data }));
      else if (event.event === 'log' && options.hasLog) terminal.data(formatLogLine(event.data));
    }
    const run = await rat.runs.get(id, { signal });
    if (!json) await printResult(context, run);
    return exitCodeOfRun(run.status);
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    const exitCode = Number(leaving.signal.reason);
    const why = exitCode === EXIT.timedOut ? `${timeoutSeconds} s have passed; ` : '';
    terminal.note(`${why}the run continues; follow it with: rat logs -f ${id}`);
    return exitCode;
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

/** Notes how a run ended, and where its SQL is wrong. */
export async function printResult(context: CliContext, run: RunDetail): Promise<void> {
  const { terminal } = context;
  if (!isTerminal(run.status)) return;
  terminal.note(terminal.paint(colourOf(run.status), formatResult(run)));
  for (const line of await explainFailure(context, run)) terminal.note(`  ${line}`);
}

/** Why a run failed, where its SQL is wrong, and what can be done with its rows; nothing for a run without an error. */
export async function explainFailure(context: CliContext, run: RunDetail): Promise<string[]> {
  if (run.error === null) return [];
  const { failure } = run;
  const place =
    failure === null ? '' : `${failure.code}${failure.phase ? ` in ${failure.phase}` : ''}: `;
  const id = shortId(run.id);
  return [
    ...`${place}${findMessage(run.error)}`.split('\n'),
    ...(await findExcerpt(context, run)),
    ...(run.disposition === 'quarantined'
      ? [`its rows are kept: rat publish ${id} --reason "…", or rat discard ${id}`]
      : []),
  ];
}

/** The engine ends its message with an excerpt of the compiled SQL, which an author has not written. */
function findMessage(error: string): string {
  return error.split('\n\n', 1)[0] ?? error;
}

async function findExcerpt({ rat }: CliContext, { id, failure }: RunDetail): Promise<string[]> {
  const { file, source_line: line, source_column: column } = failure ?? {};
  if (file === undefined || line === undefined) return [];
  const { source } = await rat.runs.sql(id);
  const place = `${file}:${line}${column === undefined ? '' : `:${column}`}`;
  return [place, ...formatExcerpt(source[file] ?? '', { line, column })];
}
