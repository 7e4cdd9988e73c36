import { connect } from 'node:net';

/**
 * Sends one command over a new connection; resolves with the reply's first line. Rejects for an
 * error reply.
 */
export function redisCommand(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${command}\r\n`));
    socket.setTimeout(5_000, () => socket.destroy(new Error(`Redis does not answer ${command}`)));
    socket.once('error', reject);
    socket.once('data', (reply) => {
      socket.destroy();
      const line = reply.toString().split('\r\n')[0] ?? '';
      if (line.startsWith('-')) reject(new Error(`Redis answers ${command}: ${line}`));
      else resolve(line);
    });
  });
}
