import { useSyncExternalStore } from 'react';
import { noteEndedSession, queries } from '../../client.ts';
import { sendFile } from './send-file.ts';
import { nextMark, type SpeedMark } from './upload-speed.ts';

/** A file on its way into a zone. */
export interface Upload {
  id: number;
  file: File;
  namespace: string;
  zone: string;
  name: string;
  state: 'waiting' | 'sending' | 'done' | 'taken' | 'failed' | 'cancelled';
  mark: SpeedMark;
  /** The API's words, when it was refused. */
  message?: string;
}

/** Files that are sent at once: more would share the same line. */
const AT_ONCE = 2;

// The queue outlives the screen: a person may look elsewhere while a file is sent.
let uploads: readonly Upload[] = [];
let lastId = 0;
const controls = new Map<number, AbortController>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(subscribe, () => uploads);
}

/** Puts files into the queue. */
export function addUploads(
  files: readonly File[],
  place: { namespace: string; zone: string },
): void {
  const added = files.map((file): Upload => {
    lastId += 1;
    const mark = { at: 0, sent: 0, speed: 0 };
    return { id: lastId, file, ...place, name: file.name, state: 'waiting', mark };
  });
  change([...uploads, ...added]);
  sendNext();
}

/** Sends a file again, as it was, under another name, or in place of the file that has its name. */
export function sendAgain(id: number, how: { name?: string; isReplacing?: boolean } = {}): void {
  patch(id, { state: 'waiting', ...(how.name === undefined ? {} : { name: how.name }) });
  if (how.isReplacing === true) void send(id, true);
  else sendNext();
}

/** Ends what is under way, and takes the file out of the queue. */
export function dropUpload(id: number): void {
  controls.get(id)?.abort();
  change(uploads.filter((upload) => upload.id !== id));
}

/** Takes all files out of the queue that have arrived. */
export function dropDone(): void {
  change(uploads.filter(({ state }) => state !== 'done'));
}

function sendNext(): void {
  const sending = uploads.filter(({ state }) => state === 'sending').length;
  const waiting = uploads.filter(({ state }) => state === 'waiting');
  for (const { id } of waiting.slice(0, Math.max(0, AT_ONCE - sending))) void send(id, false);
}

async function send(id: number, isReplacing: boolean): Promise<void> {
  const upload = uploads.find((one) => one.id === id);
  if (upload === undefined) return;
  const control = new AbortController();
  controls.set(id, control);
  patch(id, { state: 'sending', mark: { at: Date.now(), sent: 0, speed: 0 }, message: '' });
  const outcome = await sendFile(
    upload.file,
    { namespace: upload.namespace, zone: upload.zone, name: upload.name, isReplacing },
    {
      signal: control.signal,
      onProgress: (sent) => {
        const now = uploads.find((one) => one.id === id);
        if (now !== undefined) patch(id, { mark: nextMark(now.mark, Date.now(), sent) });
      },
    },
  );
  controls.delete(id);
  patch(id, {
    state: outcome.kind,
    ...('message' in outcome ? { message: outcome.message } : {}),
  });
  if (outcome.kind === 'failed' && outcome.isSignedOut === true) noteEndedSession();
  if (outcome.kind === 'done') void queries.invalidateQueries({ queryKey: ['landing'] });
  sendNext();
}

function patch(id: number, changes: Partial<Upload>): void {
  change(uploads.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload)));
}

function change(next: readonly Upload[]): void {
  uploads = next;
  for (const listener of listeners) listener();
}
