import { readdir } from 'node:fs/promises';
import type { ObjectListing, ObjectStore, StoredObject } from '@rat/storage';

/** One promise of the port. `check` throws when the store, empty before, breaks it. */
export interface ObjectStoreCheck {
  name: string;
  check: (store: ObjectStore) => Promise<void>;
}

/** Creates an object of this text. */
export function put(store: ObjectStore, key: string, text: string): Promise<StoredObject> {
  return store.create(key, Buffer.from(text));
}

export async function textOf(store: ObjectStore, key: string): Promise<string> {
  return Buffer.from(await store.read(key)).toString();
}

export async function streamed(
  store: ObjectStore,
  key: string,
  range?: { start?: number; end?: number },
): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.stream(key, range)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

export async function keysOf(listing: ObjectListing | Promise<ObjectListing>): Promise<string[]> {
  return Array.from((await listing).objects, ({ key }) => key);
}

/** Two pieces, with a turn of the event loop in between. */
export async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const half = Math.floor(text.length / 2);
  yield Buffer.from(text.slice(0, half));
  await new Promise((resolve) => setImmediate(resolve));
  yield Buffer.from(text.slice(half));
}

export async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the sender went away');
}

/** Calls `then` and yields no more after its first piece. */
export async function* stuckAfter(then: () => void): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  setImmediate(then);
  await new Promise(() => undefined);
}

export function aborted(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error
    ? error.name === 'AbortError'
    : false;
}

/** The process's open files and connections; 0 where the system does not list them. */
export async function countHandles(): Promise<number> {
  return (await readdir('/proc/self/fd').catch(() => [])).length;
}
