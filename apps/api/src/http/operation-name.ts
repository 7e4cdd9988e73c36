import type { IncomingMessage } from 'node:http';
import type { OperationId } from '@rat/contracts';

const NAMES = new WeakMap<IncomingMessage, OperationId>();

/** Records which operation a request is for. */
export function setOperationName(req: IncomingMessage, id: OperationId): void {
  NAMES.set(req, id);
}

/** The operation that a request is for; undefined when it matches none, or was refused before. */
export function findOperationName(req: IncomingMessage): OperationId | undefined {
  return NAMES.get(req);
}
