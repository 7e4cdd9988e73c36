import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';

/** What differs between the programs that the runner forks. */
export interface ChildProgram<Message> {
  /** Parses a message of the parent; a message that it rejects ends the process. */
  parse: (raw: unknown) => Message;
  /** Handles one message. A throw or a rejection is a defect and ends the process. */
  onMessage: (message: Message) => void | Promise<void>;
  /**
   * How readily the kernel kills this process when the machine is short of memory. The runner has 0,
   * so it dies last; 1,000 dies first.
   */
  oomScoreAdj: number;
  /** The signal with which the process ends itself after a defect: the parent explains it. */
  defectSignal: 'SIGABRT' | 'SIGKILL';
  /** Removes files that only this process knows of, right before it ends. */
  discardFiles?: () => void;
}

/** Ends the process at once: with `error` after a defect, without one when the parent is gone. */
export type Die = (error?: unknown) => void;

/**
 * Connects a forked process to its parent: it handles the parent's messages, and ends when the
 * parent does. SIGINT is ignored, because Ctrl+C reaches the whole process group and the runner
 * decides about its children.
 *
 * @example
 * startChild({ parse: compactCommand.parse, onMessage: compact, oomScoreAdj: 700, defectSignal: 'SIGKILL' });
 * sendToParent({ type: 'ready' });
 */
export function startChild<Message>(program: ChildProgram<Message>): Die {
  const { parse, onMessage, oomScoreAdj, defectSignal, discardFiles } = program;
  // By a signal: DuckDB may be at work on its own threads, and an orderly exit would wait for them.
  const die: Die = (error) => {
    if (error !== undefined) reportDefect(error);
    discardFiles?.();
    process.kill(process.pid, error === undefined ? 'SIGKILL' : defectSignal);
  };
  const handle = async (raw: unknown): Promise<void> => onMessage(parse(raw));
  process.on('message', (raw) => {
    handle(raw).catch(die);
  });
  process.on('disconnect', () => die());
  process.on('SIGINT', () => undefined);
  // Only Linux has this file.
  writeFile('/proc/self/oom_score_adj', String(oomScoreAdj)).catch(() => undefined);
  return die;
}

/**
 * Sends a message to the parent. Ignores send errors: a dead parent also closes the IPC channel, and
 * `disconnect` then ends this process.
 */
export function sendToParent(message: object): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

/** Writes a defect to standard error, which the runner logs. */
export function reportDefect(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`);
}
