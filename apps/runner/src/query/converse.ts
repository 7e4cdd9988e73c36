import {
  queryChildMessage,
  type queryAnswerHead,
  type QueryChildMessage,
  type QueryParentMessage,
} from '@rat/contracts';
import type { z } from 'zod';
import type { Child } from '../child-process/children.ts';
import { explainEnd } from '../child-process/explain-end.ts';
import type { MemoryWatch } from '../child-process/memory-watch.ts';
import { endError, refusal } from './query-errors.ts';

/** A process that answers questions, one at a time, with what the runner keeps of it. */
export interface QueryChild {
  child: Child;
  memory: MemoryWatch;
  /** The end of its standard error. */
  stderr: string;
  /** How many questions it has answered and was kept after. */
  answers: number;
}

/** What a process asks for before it can answer. */
export type Wanted = Extract<QueryChildMessage, { type: 'resolve' }>;

/** The last message of a process that answered. */
export type LastMessage =
  | z.infer<typeof queryAnswerHead>
  | Exclude<QueryChildMessage, { type: 'resolve' | 'failed' | 'answer' }>;

/**
 * Sends a process its command, answers what it asks for, and resolves with its last message. Rejects
 * with the error for the client when the process refuses or ends, and with the errors of `resolve`.
 */
export function converse(
  queryChild: QueryChild,
  command: QueryParentMessage,
  resolveWanted: (wanted: Wanted) => Promise<QueryParentMessage>,
): Promise<LastMessage> {
  const { process: child } = queryChild.child;
  // A process that is kept has another conversation later.
  let leave = (): void => undefined;
  const last = new Promise<LastMessage>((resolve, reject) => {
    const onMessage = (message: QueryChildMessage): void => {
      switch (message.type) {
        case 'resolve':
          resolveWanted(message).then((answer) => child.send(answer), reject);
          return;
        case 'failed':
          reject(refusal(message.failure));
          return;
        default:
          resolve(message);
      }
    };
    const onRaw = (raw: unknown): void => {
      const parsed = queryChildMessage.safeParse(raw);
      if (parsed.success) onMessage(parsed.data);
      else reject(parsed.error);
    };
    const onEnd = (code: number | null, signal: NodeJS.Signals | null): void => {
      const { exceeded, isNearLimit } = queryChild.memory;
      const { stderr } = queryChild;
      reject(endError(explainEnd({ code, signal, stderr, exceeded, isNearLimit })));
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      // The end of its standard error may still be in the pipe.
      if (!child.stderr || child.stderr.closed) onEnd(code, signal);
      else child.stderr.once('close', () => onEnd(code, signal));
    };
    child.on('message', onRaw);
    child.once('exit', onExit);
    leave = () => void child.off('message', onRaw).off('exit', onExit);
    child.send(command, (error) => {
      // The exit explains more than the failed send. Its event is still to come, unless it fired before the listener.
      if (error && isOver(child)) onEnd(child.exitCode, child.signalCode);
    });
  });
  return last.finally(() => leave());
}

function isOver({ exitCode, signalCode }: Child['process']): boolean {
  return exitCode !== null || signalCode !== null;
}
