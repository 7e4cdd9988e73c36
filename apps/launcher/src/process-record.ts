import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { identifyProcess, isAlive, type ProcessIdentity } from '@rat/embedded-postgres';
import { z } from 'zod';

const processIdentity = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

/** Records the identity of `pid`, so that a later start recognises the process. */
export async function recordProcess(file: string, pid: number): Promise<void> {
  const identity = await identifyProcess(pid);
  if (identity === undefined) return;
  await writeFile(`${file}.new`, JSON.stringify(identity));
  await rename(`${file}.new`, file);
}

export async function forgetProcess(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** The recorded process if it is alive; another process that got its pid does not count. */
export async function findLiveProcess(file: string): Promise<ProcessIdentity | undefined> {
  const identity = await readRecord(file);
  return identity !== undefined && (await isAlive(identity)) ? identity : undefined;
}

/** Reads a record; undefined for one that a crash truncated. */
async function readRecord(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return processIdentity.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
