import { pino, type Logger } from 'pino';

export type { Logger };

export const LOGGER_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/**
 * A JSON logger for operators. Messages are stable lower-case events, facts are fields. error = a person must look,
 * warn = repaired itself, info = a run or a process changed state.
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
 * Not pino's own destination: while the process exits, that one tries for ever to write what its reader, who is gone,
 * did not take, and the process stays. A line that cannot be written is lost and ends nothing. Node writes to pipes at once,
 * so a reader that stalls holds us up and does not fill our memory.
 */
function standardOutput(): { write: (line: string) => void } {
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  return { write: (line) => process.stdout.write(line) };
}

function ignore(): void {}
