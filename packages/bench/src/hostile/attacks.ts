import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { inParallel } from '../measure.ts';
import { pour, untilRefused, type Refusal } from './refused-connection.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** The API of this benchmark waits so long for the headers of a request. */
export const HEADER_SECONDS = 5;

/** One kind of attack. */
export interface Attack {
  what: string;
  /** The answers that the documentation promises. */
  refusals: readonly string[];
  /** A connection is refused and closed within this time. */
  withinMs: number;
  /** Resolves when every connection of the attack was closed by the API. */
  run: (port: number) => Promise<Refusal[]>;
}

/** Late connections are looked for every two seconds; the rest is for a machine that is busy with the attack itself. */
const HEADERS_WITHIN_MS = (HEADER_SECONDS + 2) * 1_000 + 5_000;
/** The rest of a refused body is read for 5 s at most. */
const BODY_WITHIN_MS = 10_000;

const HEAD = 'Host: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n';
const QUERY = `POST /api/v1/query HTTP/1.1\r\n${HEAD}`;

export const attacks = {
  'slow-headers': {
    what: '500 connections with a byte of a header each second',
    refusals: ['408'],
    withinMs: HEADERS_WITHIN_MS,
    run: (port) =>
      many(500, () =>
        untilRefused(port, async (socket, signal) => {
          socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
          while (!signal.aborted) {
            socket.write('x');
            await wait(1_000, undefined, { signal });
          }
        }),
      ),
  },
  'large-headers': {
    what: '200 requests with 10 MB of headers, 16 at once',
    refusals: ['431', 'closed'],
    withinMs: BODY_WITHIN_MS,
    run: (port) => {
      const line = Buffer.from(`X-Large: ${'x'.repeat(8_000)}\r\n`);
      return inParallel(16, 200, () =>
        untilRefused(port, (socket, signal) => {
          socket.write('GET /health/live HTTP/1.1\r\n');
          return pour(socket, { chunk: line, bytes: 10 * MIB }, signal);
        }),
      );
    },
  },
  'large-bodies': {
    what: '32 bodies of 1 GB, 8 at once, half of them in chunks',
    refusals: ['413'],
    withinMs: BODY_WITHIN_MS,
    run: (port) => {
      const plain = Buffer.alloc(MIB, 0x20);
      const chunked = Buffer.concat([Buffer.from('100000\r\n'), plain, Buffer.from('\r\n')]);
      return inParallel(8, 32, (n) =>
        untilRefused(port, (socket, signal) => {
          const isChunked = n % 2 === 0;
          const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${GIB}`;
          socket.write(`${QUERY}${length}\r\n\r\n`);
          return pour(socket, { chunk: isChunked ? chunked : plain, bytes: GIB }, signal);
        }),
      );
    },
  },
  'gzip-bombs': {
    what: '200 bodies of 250 KB that unpack to 256 MB, 16 at once',
    refusals: ['413'],
    withinMs: BODY_WITHIN_MS,
    run: (port) => {
      const bomb = gzipSync(Buffer.alloc(256 * MIB, 0x20));
      return inParallel(16, 200, () =>
        untilRefused(port, (socket) => {
          socket.write(`${QUERY}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
          socket.write(bomb);
        }),
      );
    },
  },
  'idle-connections': {
    what: '5,000 connections that send nothing',
    refusals: ['408', 'closed'],
    withinMs: HEADERS_WITHIN_MS,
    run: (port) => manyPaced(5_000, () => untilRefused(port, () => undefined)),
  },
  'deep-json': {
    what: '200 bodies of 1 MB of opened brackets, 16 at once',
    refusals: ['400'],
    withinMs: BODY_WITHIN_MS,
    run: (port) => {
      const deep = Buffer.alloc(MIB, '[');
      return inParallel(16, 200, () =>
        untilRefused(port, (socket) => {
          socket.write(`${QUERY}Content-Length: ${deep.length}\r\n\r\n`);
          socket.write(deep);
        }),
      );
    },
  },
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof attacks;

/** The kernel holds 511 connections that the API has not accepted yet. */
const AT_ONCE = 250;

/**
 * Like `many`, but not all in one moment. The kernel drops a connection that finds its queue full, and a client that
 * sends nothing never learns of it.
 */
async function manyPaced(times: number, one: () => Promise<Refusal>): Promise<Refusal[]> {
  const begun: Promise<Refusal>[] = [];
  while (begun.length < times) {
    begun.push(...Array.from({ length: AT_ONCE }, one));
    await wait(50);
  }
  return Promise.all(begun);
}

function many(times: number, one: () => Promise<Refusal>): Promise<Refusal[]> {
  return Promise.all(Array.from({ length: times }, one));
}
