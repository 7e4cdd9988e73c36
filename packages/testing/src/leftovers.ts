import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from '@rat/embedded-postgres';

const PREFIX = 'rat-tests-';
const RECORD = 'processes.json';

/**
 * Opens a folder for one test run, with a record of the processes that belong to it: first the test
 * run itself. A killed run cannot clean up; the next one cleans up by this record.
 */
export async function openRunFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  await recordProcesses(folder, [process.pid]);
  return folder;
}

/** Records, in this order, the test run and the servers that it started. */
export async function recordProcesses(folder: string, pids: number[]): Promise<void> {
  const identities = await Promise.all(pids.map(identifyProcess));
  await writeFile(
    join(folder, RECORD),
    JSON.stringify(identities.filter((found) => found !== undefined)),
  );
}

/**
 * Ends the servers and deletes the folders of dead test runs. Never touches a live run or other
 * processes.
 */
export async function sweepLeftovers(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const [owner, ...servers] = await readRecord(folder);
    if (owner === undefined || (await isAlive(owner))) continue;
    for (const server of servers) {
      if (await isAlive(server)) process.kill(server.pid, 'SIGKILL');
    }
    // A folder of another user: that user's own run deletes it.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function readRecord(folder: string): Promise<ProcessIdentity[]> {
  try {
    // Written by `recordProcesses` above.
    return JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as ProcessIdentity[];
  } catch {
    return [];
  }
}
