import { pino, type Logger } from 'pino';
import { prettyLine } from './pretty-line.ts';

export type { Logger };

/** The levels of a logger. */
export const LOGGER_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/**
 * A JSON logger for operators. Messages are stable lower-case events, facts are fields. error: a
 * person must look; warn: repaired itself; info: a run or a process changed state. On a terminal the
 * lines are made for people.
 *
 * @example
 * const log = createLogger('api', { level: 'info' });
 * log.info({ run_id: run.id }, 'run expired');
 */
export function createLogger(
  service: string,
  options: { level: (typeof LOGGER_LEVELS)[number]; destination?: NodeJS.WritableStream },
): Logger {
  const settings = {
    level: options.level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['password', 'url', '*.password', '*.url'],
  };
  return pino(settings, options.destination ?? standardOutput());
}

/**
 * A replacement for pino's own destination. That one retries for ever at exit if the reader of its
 * output is gone, and the process stays. Here a line that cannot be written is lost and has no
 * other effect. Node writes to pipes synchronously, so a slow reader delays this process
 * (back-pressure) instead of filling its memory.
 */
function standardOutput(): { write: (line: string) => void } {
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  const isTerminal = process.stdout.isTTY;
  return { write: (line) => process.stdout.write(isTerminal ? prettyLine(line) : line) };
}

function ignore(): void {}
