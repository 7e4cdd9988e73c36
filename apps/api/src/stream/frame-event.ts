import { statusEvent, type StatusEvent } from '@rat/contracts';
import { isTerminal } from '@rat/domain';
import type { RunEvent } from '@rat/store';
import { sseFrame } from '../http/sse.ts';
import { presentLogLine } from '../present-log-line.ts';

/** A row of a run's stream as its watchers get it; `text` is empty for a row that says nothing to them. */
export interface StreamFrame {
  readonly seq: number;
  readonly text: string;
  /** The run's terminal status: nothing ever follows it. */
  readonly isLast: boolean;
}

/** Frames a row once, for however many watch. Phases are part of the run's detail, not of its event stream. */
export function frameEvent(row: RunEvent): StreamFrame {
  switch (row.kind) {
    case 'log': {
      const data = JSON.stringify(presentLogLine(row));
      return { seq: row.seq, text: sseFrame({ id: row.seq, event: 'log', data }), isLast: false };
    }
    case 'status': {
      const status = statusEvent.parse(row.payload);
      const text = frameFailure(row.seq, status) + frameStatus(row.seq, status);
      return { seq: row.seq, text, isLast: isTerminal(status.status) };
    }
    case 'phase':
    case 'progress':
      return { seq: row.seq, text: '', isLast: false };
  }
}

function frameStatus(seq: number, event: StatusEvent): string {
  const { status, rows_written, duration_ms, error } = event;
  const data = JSON.stringify({ status, rows_written, duration_ms, error });
  return sseFrame({ id: seq, event: 'status', data });
}

/**
 * A failed run says why just before it says that. This event shares its row with the status, so its id is the one
 * before: a client that is cut off between the two must get the status when it comes back.
 */
function frameFailure(seq: number, event: StatusEvent): string {
  if (event.status !== 'failed') return '';
  const data = JSON.stringify({ message: event.error ?? 'the run failed' });
  return sseFrame({ id: seq - 1, event: 'error', data });
}
