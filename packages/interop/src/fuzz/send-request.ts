import { Agent, request } from 'node:http';
import type { FuzzedAnswer } from './judge-answer.ts';
import type { FuzzedRequest } from './request-of-operation.ts';

const ANSWER_WITHIN_MS = 60_000;
/** An open stream has sent its answer by then. */
const LISTEN_MS = 100;

/** Sends requests to one API, over connections that stay open. */
export class FuzzedSender {
  readonly #url: URL;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Resolves with the answer; of a stream, with its beginning. `fetch` would repair the path first. */
  send({ operation, target, headers, body }: FuzzedRequest, token: string): Promise<FuzzedAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: this.#url.hostname,
          port: this.#url.port,
          agent: this.#agent,
          method: operation.method,
          path: target,
          headers: {
            ...headers,
            ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined ? {} : { 'content-length': body.length }),
          },
          timeout: ANSWER_WITHIN_MS,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          const settle = (): void => {
            resolve({
              status: incoming.statusCode ?? 0,
              headers: flatten(incoming.headers),
              body: Buffer.concat(chunks),
            });
          };
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('end', settle);
          incoming.once('error', reject);
          if (incoming.headers['content-type']?.startsWith('text/event-stream') === true) {
            setTimeout(() => {
              settle();
              outgoing.destroy();
            }, LISTEN_MS);
          }
        },
      );
      outgoing.once('timeout', () =>
        outgoing.destroy(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)),
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function flatten(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
}
