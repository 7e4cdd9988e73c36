import type { IncomingHttpHeaders } from 'node:http';
import type { Operation } from '@rat/contracts';
import { InputError } from '@rat/domain';

/**
 * Throws InputError for a header that promises something which the operation would not keep: a client that sends it
 * relies on it. An `Idempotency-Key` is no such header where a second request changes nothing more anyway.
 */
export function refuseIgnored(
  operation: Pick<Operation, 'method' | 'path' | 'headers' | 'retry' | 'changesNothing'>,
  sent: IncomingHttpHeaders,
): void {
  const { method, path, headers = {}, retry, changesNothing } = operation;
  if (method === 'get' || changesNothing) return;
  const isIgnored = (name: string): boolean =>
    sent[name.toLowerCase()] !== undefined && headers[name] === undefined;
  const what = `${method.toUpperCase()} ${path}`;
  if (retry === 'never' && isIgnored('Idempotency-Key')) {
    throw new InputError(
      `${what} takes no Idempotency-Key: a second request may do it twice, or be refused; send it without the header`,
    );
  }
  for (const name of ['If-Match', 'If-None-Match']) {
    if (!isIgnored(name)) continue;
    throw new InputError(`${what} takes no ${name}: send it without the header`);
  }
}
