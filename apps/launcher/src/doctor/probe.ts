import { randomUUID } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { isPortFree } from '@rat/embedded-postgres';
import { z } from 'zod';
import type { FolderFacts } from './judge.ts';

const service = z.object({ service: z.literal('rat runs') });

/** Who holds the port. A free port that this machine has no address for is `no such address`. */
export async function findHolder(
  { host, port }: { host: string; port: number },
  url: string,
  timeoutMs: number,
): Promise<'nobody' | 'this API' | 'another program' | 'no such address'> {
  const stopping = new AbortController();
  // Not AbortSignal.timeout: its timer keeps no process alive, and a fetch of a closed socket neither.
  const timer = setTimeout(() => stopping.abort(), timeoutMs);
  try {
    const answer = await fetch(url, { signal: stopping.signal });
    return service.safeParse(await answer.json()).success ? 'this API' : 'another program';
  } catch {
    // No HTTP, or no JSON: whether the port can be taken decides.
  } finally {
    clearTimeout(timer);
  }
  try {
    return (await isPortFree(port, host)) ? 'nobody' : 'another program';
  } catch {
    return 'no such address';
  }
}

/** Writes a file into the folder and removes it. Makes no folder that is missing: its parent is tried. */
export async function probeFolder(path: string): Promise<FolderFacts> {
  const existing = await nearestFolder(path);
  const file = join(existing, `.doctor-${randomUUID()}`);
  try {
    await writeFile(file, 'a');
    await rm(file);
    const { bavail, bsize } = await statfs(existing);
    return { path, error: undefined, freeBytes: bavail * bsize };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { path, error: code, freeBytes: undefined };
  }
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (folder === dirname(folder)) return folder;
    const isThere = await statfs(folder).then(
      () => true,
      () => false,
    );
    if (isThere) return folder;
  }
}

/** Whether something takes a connection there. */
export function takesConnection(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      settle(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
