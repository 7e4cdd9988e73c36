import {
  request,
  type ClientRequest,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { CHANNEL_IDENTITY, CHANNEL_TLS, isSecureKey } from '@rat/contracts';
import type { RunnerEndpoint } from '@rat/store';

/** How long a runner may take to prove that it is the one that was announced. */
const PROOF_MS = 10_000;

/** The other side has not proven that it is the runner, so nothing of the request was sent. */
export class NoRunnerError extends Error {
  override name = 'NoRunnerError';
}

/**
 * Opens a POST to a runner. Over TLS, a program that has taken the runner's port receives neither the key nor the request:
 * the request fails with NoRunnerError. A runner of an older version gets plain HTTP with the key in a header.
 */
export function openRequest(
  endpoint: RunnerEndpoint,
  pathAndQuery: string,
  options: { headers: OutgoingHttpHeaders; signal: AbortSignal },
): ClientRequest {
  const { url, key } = endpoint;
  const sent: RequestOptions = {
    method: 'POST',
    headers: { ...options.headers, authorization: `Bearer ${key}` },
    signal: options.signal,
  };
  if (isSecureKey(key)) {
    sent.createConnection = (_options, onProven) => prove(endpoint, onProven);
  }
  return request(`${url}/${pathAndQuery}`, sent);
}

type OnProven = (error: Error | null, socket: Duplex) => void;

/** Connects, and hands the connection over only when both sides have proven that they know the key. */
function prove({ url, key }: RunnerEndpoint, onProven: OnProven): undefined {
  const { hostname, port } = new URL(url);
  const socket = connect({
    ...CHANNEL_TLS,
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port),
    pskCallback: () => ({ psk: Buffer.from(key), identity: CHANNEL_IDENTITY }),
    // There is no certificate; the key proves more than a name would.
    checkServerIdentity: () => undefined,
  });
  // What breaks later is the request's; the listeners below are gone by then.
  socket.on('error', () => undefined);
  const fail = (cause?: Error): void => {
    socket.destroy();
    onProven(new NoRunnerError('the runner has not proven itself', { cause }), socket);
  };
  const giveUp = (): void => fail();
  socket.once('error', fail);
  socket.once('end', giveUp);
  socket.setTimeout(PROOF_MS, giveUp);
  socket.once('secureConnect', () => {
    socket.off('error', fail);
    socket.off('end', giveUp);
    socket.off('timeout', giveUp);
    socket.setTimeout(0);
    onProven(null, socket);
  });
}
