import {
  phaseMark,
  progressFigures,
  statusEvent,
  type EndEvent,
  type StatusEvent,
} from '@rat/contracts';
import { isTerminal } from '@rat/domain';
import type { RunEvent } from '@rat/store';
import { sseFrame } from '../http/sse.ts';
import { isWanted, type LogFilter } from './log-filter.ts';
import { endEventId, errorEventId, type StreamPlace } from './parse-resume-seq.ts';
import { canonicalLine } from './log-digest.ts';

/** A row of a run's stream as an SSE frame. */
export interface StreamFrame {
  readonly seq: number;
  readonly text: string;
  /** For a failed status, whose text begins with an `error` event: the text without that event. */
  readonly afterError?: string;
  /** For a log line: the row, for the filters of watchers. */
  readonly line?: RunEvent;
  /** True for the run's terminal status, which no other row follows. */
  readonly isLast: boolean;
}

/** Converts a row to a frame. Called once for each row, and shared by all watchers. */
export function frameEvent(row: RunEvent): StreamFrame {
  const { seq, phase, attempt } = row;
  const frame = (event: string, data: string): StreamFrame => ({
    seq,
    text: sseFrame({ id: seq, event, data }),
    isLast: false,
  });
  switch (row.kind) {
    case 'log': {
      const text = sseFrame({ id: seq, event: 'log', data: canonicalLine(row) });
      return { seq, text, line: row, isLast: false };
    }
    case 'status': {
      const status = statusEvent.parse(row.payload);
      const afterError = frameStatus(seq, status);
      const isLast = isTerminal(status.status);
      return { seq, text: frameFailure(seq, status) + afterError, afterError, isLast };
    }
    case 'phase':
      return frame('phase', JSON.stringify({ ...phaseMark.parse(row.payload), attempt }));
    case 'progress': {
      const figures = progressFigures.parse(row.payload);
      return frame('progress', JSON.stringify({ ...figures, phase: phase ?? null, attempt }));
    }
  }
}

/**
 * The text of consecutive frames for a client at `place`, without the lines that its filter
 * excludes.
 */
export function wantedText(
  frames: readonly StreamFrame[],
  { place, filter }: { place: StreamPlace; filter: LogFilter },
): string {
  let text = '';
  for (const frame of frames) {
    if (frame.line === undefined || isWanted(frame.line, filter)) text += textAfter(frame, place);
  }
  return text;
}

/**
 * The part of a frame that a client at `place` does not have yet: a client may have the `error`
 * event but not the status that follows it.
 */
function textAfter(frame: StreamFrame, place: StreamPlace): string {
  const hasError = place.hasError && frame.seq === place.seq + 1;
  return (hasError ? frame.afterError : undefined) ?? frame.text;
}

/** The last event of a finished run's stream. It has no row in the database. */
export function frameEnd(end: EndEvent): string {
  return sseFrame({ id: endEventId(end.last_seq), event: 'end', data: JSON.stringify(end) });
}

function frameStatus(seq: number, event: StatusEvent): string {
  const { status, rows_written, duration_ms, error } = event;
  const data = JSON.stringify({ status, rows_written, duration_ms, error });
  return sseFrame({ id: seq, event: 'status', data });
}

/** The `error` event that precedes the status of a failed run; empty for every other status. */
function frameFailure(seq: number, event: StatusEvent): string {
  if (event.status !== 'failed') return '';
  const data = JSON.stringify({ message: event.error ?? 'the run failed' });
  return sseFrame({ id: errorEventId(seq), event: 'error', data });
}
