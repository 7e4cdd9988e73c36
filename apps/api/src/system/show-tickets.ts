import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import {
  runTicket,
  ticketProgress,
  ticketResult,
  type RunTicket,
  type TicketProgress,
  type TicketResult,
} from '@rat/contracts';
import { readRunFailure, ticketName, type RunQueue } from '@rat/queue';

type Queue = RunQueue['bullQueue'];

/** The fields of a ticket that the board gives to a formatter. */
interface ShownTicket {
  data?: unknown;
  progress?: unknown;
  returnvalue?: unknown;
  failedReason?: unknown;
}

const ABOUT = 'A ticket wakes a runner; the run itself is in the API.';

/**
 * The board's view of one queue. A ticket shows the run that it started, which may be another one
 * than its own: namespaces take turns for the slots. Nothing here can be changed.
 */
export class TicketAdapter extends BullMQAdapter {
  /** Runs of the pool that wait without a ticket, so that no list here shows them. */
  ticketless = 0;

  constructor(queue: Queue) {
    super(queue, {
      readOnlyMode: true,
      allowRetries: false,
      externalJobUrl: (job) => {
        const runId = runOf(job);
        return {
          displayText: 'Run',
          href: runId === undefined ? '/api/v1/runs' : `/api/v1/runs/${runId}`,
        };
      },
    });
    this.setFormatter('name', (job: ShownTicket) => ticketName(pipelineOf(job)));
    this.setFormatter('data', (data: unknown) => ticketOf(data) ?? {});
    this.setFormatter('progress', showProgress);
    this.setFormatter('returnValue', showResult);
  }

  override getDescription(): string {
    const runs = this.ticketless === 1 ? '1 run waits' : `${this.ticketless} runs wait`;
    return this.ticketless === 0
      ? ABOUT
      : `${ABOUT} ${runs} without a ticket, because the pipeline is at its concurrency limit.`;
  }
}

/**
 * The reason of a failed ticket as its reader may see it: the error of the run. An error of the
 * machinery may name hosts and paths.
 */
export function showReason(reason: unknown): string {
  return readRunFailure(reason)?.error ?? 'the runner could not settle this run; see the run';
}

function ticketOf(data: unknown): RunTicket | undefined {
  return runTicket.safeParse(data).data;
}

function progressOf(value: unknown): TicketProgress | undefined {
  return ticketProgress.safeParse(value).data;
}

function resultOf(value: unknown): TicketResult | undefined {
  return ticketResult.safeParse(value).data;
}

function pipelineOf({ data, progress, returnvalue, failedReason }: ShownTicket): string {
  return (
    readRunFailure(failedReason)?.pipeline ??
    resultOf(returnvalue)?.pipeline ??
    progressOf(progress)?.pipeline ??
    ticketOf(data)?.pipeline ??
    'run'
  );
}

function runOf({ data, progress, returnvalue, failedReason }: ShownTicket): string | undefined {
  return (
    readRunFailure(failedReason)?.runId ??
    resultOf(returnvalue)?.run_id ??
    progressOf(progress)?.run_id ??
    ticketOf(data)?.runId
  );
}

/** The board draws a ring from a key of the name `progress`. */
function showProgress(value: unknown): object | number {
  const told = progressOf(value);
  if (told === undefined) return 0;
  return { phase: told.phase, ...(told.percent === null ? {} : { progress: told.percent }) };
}

/** A result as it was stored, or the note of a ticket that started no run. */
function showResult(value: unknown): unknown {
  const result = resultOf(value);
  if (result !== undefined) return result;
  const isNote = typeof value === 'object' && value !== null && 'note' in value;
  return isNote ? { note: String(value.note) } : null;
}
