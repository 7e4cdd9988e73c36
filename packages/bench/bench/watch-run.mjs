import { get } from 'node:http';

const LINE = Buffer.from('\nevent: log\n');

/**
 * Watches a run and counts its lines by their bytes. A client that parsed them would be the largest
 * cost on the machine that it shares with the measured program. `onLines` receives the count so
 * far. `until` resolves at that count, and rejects when the stream ends before.
 */
export async function watchRun(url, onLines = () => undefined) {
  let count = 0;
  let rest = Buffer.alloc(0);
  let check = () => undefined;
  let end = () => undefined;
  const request = get(url, { headers: { accept: 'text/event-stream' } });
  const answer = await new Promise((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
  request.on('error', () => undefined);
  answer.on('data', (chunk) => {
    const bytes = Buffer.concat([rest, chunk]);
    let place = 0;
    for (let at = bytes.indexOf(LINE); at >= 0; at = bytes.indexOf(LINE, place)) {
      count += 1;
      place = at + LINE.length;
    }
    rest = bytes.subarray(Math.max(place, bytes.length - LINE.length + 1));
    onLines(count);
    check();
  });
  answer.on('error', () => undefined).on('close', () => end());
  return {
    until: (lines) =>
      new Promise((resolve, reject) => {
        check = () => count >= lines && resolve();
        end = () => reject(new Error(`the stream ended after ${count} of ${lines} lines`));
        check();
      }),
    /** Stops reading until `resume`. */
    pause: () => answer.pause(),
    resume: () => answer.resume(),
    close: () => request.destroy(),
  };
}
