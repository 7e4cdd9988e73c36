import { Agent, request } from 'node:http';

/** Sends JSON over persistent connections, with as little client cost as Node allows. */
export function openHttpClient(connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send = (method, url, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      };
      const asked = request(url, { method, agent, headers }, (answer) => {
        let got = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => (got += chunk));
        answer.on('end', () => {
          if (answer.statusCode < 300) resolve(got === '' ? undefined : JSON.parse(got));
          else reject(new Error(`${method} ${url}: ${answer.statusCode} ${got}`));
        });
      });
      asked.on('error', reject);
      asked.end(text);
    });
  return {
    get: (url) => send('GET', url),
    post: (url, body) => send('POST', url, body),
    close: () => agent.destroy(),
  };
}
