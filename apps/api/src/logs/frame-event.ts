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

/** A row of a run's stream as its watchers get it. */
export interface StreamFrame {
  readonly seq: number;
  readonly text: string;
  /** Of a failed status, which begins with an `error` event: what remains for who has that. */
  readonly afterError?: string;
  /** Of a log line: what a watcher's filter looks at. */
  readonly line?: RunEvent;
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

/** What a client at `place` wants of consecutive frames. */
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

/** What a client at `place` lacks of a frame: of a status, not the error that it has. */
function textAfter(frame: StreamFrame, place: StreamPlace): string {
  const hasError = place.hasError && frame.seq === place.seq + 1;
  return (hasError ? frame.afterError : undefined) ?? frame.text;
}

/** The last event of a finished run's stream. It is no row. */
export function frameEnd(end: EndEvent): string {
  return sseFrame({ id: endEventId(end.last_seq), event: 'end', data: JSON.stringify(end) });
}

function frameStatus(seq: number, event: StatusEvent): string {
  const { status, rows_written, duration_ms, error } = event;
  const data = JSON.stringify({ status, rows_written, duration_ms, error });
  return sseFrame({ id: seq, event: 'status', data });
}

/** A failed run says why just before it says that. */
function frameFailure(seq: number, event: StatusEvent): string {
  if (event.status !== 'failed') return '';
  const data = JSON.stringify({ message: event.error ?? 'the run failed' });
  return sseFrame({ id: errorEventId(seq), event: 'error', data });
}
