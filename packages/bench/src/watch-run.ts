import { get, type IncomingMessage } from 'node:http';

const LINE = Buffer.from('\nevent: log\n');

/** An open stream of a run, whose lines are only counted. */
export interface RunWatcher {
  /** Resolves at that count of lines; rejects when the stream ends before. */
  until: (lines: number) => Promise<void>;
  /** Stops reading until `resume`. */
  pause: () => void;
  resume: () => void;
  close: () => void;
}

/**
 * Watches a run and counts its lines by their bytes. A client that parsed them would be the largest
 * cost on the machine that it shares with the measured program. `onLines` receives the count so
 * far.
 */
export async function watchRun(
  url: string,
  onLines: (count: number) => void = () => undefined,
): Promise<RunWatcher> {
  let count = 0;
  let rest: Buffer = Buffer.alloc(0);
  let check = (): void => undefined;
  let end = (): void => undefined;
  const request = get(url, { headers: { accept: 'text/event-stream' } });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
  request.on('error', () => undefined);
  answer.on('data', (chunk: Buffer) => {
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
        check = () => {
          if (count >= lines) resolve();
        };
        end = () => reject(new Error(`the stream ended after ${count} of ${lines} lines`));
        check();
      }),
    pause: () => {
      answer.pause();
    },
    resume: () => {
      answer.resume();
    },
    close: () => {
      request.destroy();
    },
  };
}
