import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setInterval as every } from 'node:timers';
import type { RatClient } from '@rat/client';
import { CliError, EXIT } from './exit-codes.ts';
import { ProgressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

/** A file that the server takes nothing of for so long is given up. */
const SILENCE_MS = 60_000;
/** After its last byte the server checks and stores a file, which may take a while. */
const STORING_MS = 600_000;
const DRAW_MS = 100;
/** A large file may take hours, so only its silence counts. The longest time of a timer. */
const TIMEOUT_MS = 2 ** 31 - 1;

type Stored = Awaited<ReturnType<RatClient['landingZones']['upload']>>;

/** Where a file goes, and whether it replaces one of its name. */
export interface UploadTarget {
  namespace: string;
  zone: string;
  replace: boolean;
}

/** Sends one file piece by piece, with a bar where a person looks. */
export async function uploadFile(
  { rat, terminal, hasBar }: { rat: RatClient; terminal: Terminal; hasBar: boolean },
  path: string,
  { namespace, zone, replace }: UploadTarget,
): Promise<{ stored: Stored; name: string; bytes: number }> {
  const name = basename(path);
  const found = await stat(path);
  if (found.isDirectory()) throw new CliError(`${path} is a folder: name its files`);
  const leaving = new AbortController();
  const bar = new ProgressBar(name, found.size);
  let sent = 0;
  let silentMs = 0;
  const file = await openFile(path, (bytes) => {
    sent = bytes;
    silentMs = 0;
  });
  const timer = every(() => {
    silentMs += DRAW_MS;
    if (sent < file.size && silentMs > SILENCE_MS)
      leaving.abort(silence(`${name}: the server has taken nothing`, SILENCE_MS));
    if (silentMs > STORING_MS)
      leaving.abort(silence(`${name}: the server has not answered`, STORING_MS));
    if (hasBar) terminal.progress(bar.draw(sent, terminal.width));
  }, DRAW_MS);
  try {
    const query = { name, ...(replace ? { replace: true } : {}) };
    const options = { timeoutMs: TIMEOUT_MS, signal: leaving.signal };
    const stored = await rat.landingZones.upload({ namespace, zone }, file, query, options);
    return { stored, name, bytes: file.size };
  } finally {
    clearInterval(timer);
    if (hasBar) terminal.progress('');
  }
}

function silence(what: string, ms: number): CliError {
  return new CliError(`${what} for ${ms / 1000} s`, EXIT.unreachable);
}

/** A file that `fetch` reads as fast as the network takes it. `onRead` gets how much it has read, 0 when it begins. */
async function openFile(path: string, onRead: (bytes: number) => void): Promise<Blob> {
  const file = await openAsBlob(path);
  const open = file.stream.bind(file);
  file.stream = () => {
    let bytes = 0;
    onRead(bytes);
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        bytes += piece.length;
        onRead(bytes);
        controller.enqueue(piece);
      },
    });
    return open().pipeThrough(count);
  };
  return file;
}
