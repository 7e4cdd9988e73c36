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
  return options.destination ? pino(settings, options.destination) : pino(settings);
}
