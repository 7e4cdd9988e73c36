import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';

/** What of a request tells the address that its client used. */
export type Addressed = IncomingMessage & Pick<Request, 'protocol' | 'host'>;

/**
 * The address of this API as the client of `req` reaches it, such as `https://runs.example`. A trusted
 * proxy may state it. Undefined for a client that sends no `Host`.
 */
export function baseUrlOf(req: Addressed): string | undefined {
  const { protocol, host }: { protocol: string; host: string | undefined } = req;
  return host === undefined ? undefined : `${protocol}://${host}`;
}
