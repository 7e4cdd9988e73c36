import type { RatClient, RunEvent } from '@rat/client';
import type { RunStatus } from '@rat/domain';

export type RunDetail = Awaited<ReturnType<RatClient['runs']['get']>>;
export type LogLine = Extract<RunEvent, { event: 'log' }>['data'];

const GLYPHS: Record<RunStatus, string> = {
  pending: '◷',
  running: '▶',
  success: '✓',
  failed: '✕',
  cancelled: '⊘',
};

const COLOURS = {
  pending: 'gray',
  running: 'blue',
  success: 'green',
  failed: 'red',
  cancelled: 'magenta',
} as const;

/** The colour of a status; the word is always beside it. */
export function colourOf(status: RunStatus): (typeof COLOURS)[RunStatus] {
  return COLOURS[status];
}

export function formatStatus(status: RunStatus, disposition: string | null = null): string {
  const word = disposition === null ? status : `${status}, ${disposition}`;
  return `${disposition === 'quarantined' ? '◆' : GLYPHS[status]} ${word}`;
}

/** `1.24 s`, `2 min 5 s`; '' for what is not known. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `1 row`, `2 rows`. */
export function formatCount(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit += 1) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** `2026-02-12 14:03:12` in the zone of this machine; '' for none. */
export function formatTime(timestamp: string | null): string {
  if (timestamp === null) return '';
  const { date, time } = localParts(timestamp);
  return `${date} ${time.slice(0, 8)}`;
}

/** The columns and the message of a line: `14:03:13.204 ERROR write  Binder Error: …`. */
export function formatLogLine({ timestamp, level, phase, message }: LogLine): string {
  const { time } = localParts(timestamp);
  const head = `${time} ${level.toUpperCase().padEnd(5)} ${(phase ?? '').padEnd(7)}  `;
  return head + message.replaceAll('\n', `\n${' '.repeat(head.length)}`);
}

function localParts(timestamp: string): { date: string; time: string } {
  const at = new Date(timestamp);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();
  return { date: local.slice(0, 10), time: local.slice(11, 23) };
}

/** The first digits of an id: its time in milliseconds, so that two runs rarely share them. */
export function shortId(id: string): string {
  return id.slice(0, 13);
}

export function addressOf(run: { namespace: string; layer: string; pipeline: string }): string {
  return `${run.namespace}.${run.layer}.${run.pipeline}`;
}

/** `✓ success default.gold.daily a1f3c9d2 · 1.24 s · 12,340 rows`. */
export function formatResult(run: RunDetail): string {
  const facts = [
    formatDuration(run.duration_ms),
    run.rows_written === null ? '' : formatCount(run.rows_written, 'row'),
  ].filter((fact) => fact !== '');
  const head = `${formatStatus(run.status, run.disposition)} ${addressOf(run)} ${shortId(run.id)}`;
  return [head, ...facts].join(' · ');
}

/** The line of a file with a caret below its column; nothing where the file has no such line. */
export function formatExcerpt(
  text: string,
  { line, column }: { line: number; column: number | undefined },
): string[] {
  const found = text.split('\n')[line - 1];
  if (found === undefined) return [];
  const number = `${line} | `;
  if (column === undefined) return [number + found];
  // Columns count code points, and a tab stays one.
  const before = [...found].slice(0, column - 1).map((char) => (char === '\t' ? '\t' : ' '));
  return [number + found, `${' '.repeat(number.length - 2)}| ${before.join('')}^`];
}
