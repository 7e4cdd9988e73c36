import {
  phaseMark,
  progressFigures,
  statusEvent,
  type EndEvent,
  type LogLine,
  type StatusEvent,
} from '@rat/contracts';
import { isTerminal } from '@rat/domain';
import type { RunEvent } from '@rat/store';
import { sseFrame } from '../http/sse.ts';
import { presentLogLine } from '../present-log-line.ts';
import { canonicalLine } from './log-digest.ts';

/** A row of a run's stream as its watchers get it. */
export interface StreamFrame {
  readonly seq: number;
  readonly text: string;
  /** Of a log line: what a watcher's filter looks at. */
  readonly line?: LogLine;
  /** The run's terminal status: no row ever follows it. */
  readonly isLast: boolean;
}

/** Frames a row once, for however many watch. */
export function frameEvent(row: RunEvent): StreamFrame {
  const { seq, phase, attempt } = row;
  const frame = (event: string, data: string): StreamFrame => ({
    seq,
    text: sseFrame({ id: seq, event, data }),
    isLast: false,
  });
  switch (row.kind) {
    case 'log': {
      const line = presentLogLine(row);
      return { ...frame('log', canonicalLine(line)), line };
    }
    case 'status': {
      const status = statusEvent.parse(row.payload);
      const text = frameFailure(seq, status) + frameStatus(seq, status);
      return { seq, text, isLast: isTerminal(status.status) };
    }
    case 'phase':
      return frame('phase', JSON.stringify({ ...phaseMark.parse(row.payload), attempt }));
    case 'progress': {
      const figures = progressFigures.parse(row.payload);
      return frame('progress', JSON.stringify({ ...figures, phase: phase ?? null, attempt }));
    }
  }
}

/** The last event of a finished run's stream. It is no row, and shares the id of the last one. */
export function frameEnd(end: EndEvent): string {
  return sseFrame({ id: end.last_seq, event: 'end', data: JSON.stringify(end) });
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
