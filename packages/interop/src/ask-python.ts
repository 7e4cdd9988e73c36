import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Fleet } from '@rat/testing';
import { tell } from './verdicts.ts';

/** Runs the Python program on the fleet's tables, and counts the verdicts that it prints. */
export async function askPython(
  fleet: Fleet,
  python: string,
  command: 'read' | 'append',
  plan: object,
): Promise<void> {
  const uri = new URL(fleet.databaseUrl);
  // Stock SQL catalogs name their tables without a schema.
  uri.searchParams.set('options', '-csearch_path=lake');
  const file = join(fleet.home, `${command}.json`);
  const warehouse = pathToFileURL(join(fleet.home, 'warehouse')).href;
  const driver = uri.href.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:');
  await writeFile(file, JSON.stringify({ uri: driver, warehouse, ...plan }));
  await runPython(python, ['read_tables.py', command, file]);
}

/** Gives events of OpenLineage to the classes that its project generates, and counts the verdicts. */
export async function checkLineageEvents(
  fleet: Fleet,
  python: string,
  events: readonly object[],
): Promise<void> {
  const file = join(fleet.home, 'events.json');
  await writeFile(file, JSON.stringify(events));
  await runPython(python, ['check_lineage.py', file]);
}

/** Runs a Python program, of this package or by its whole path, and counts the verdicts that it prints. */
export async function runPython(
  python: string,
  [program, ...args]: [string, ...string[]],
  {
    env = {},
    onLine = tell,
  }: { env?: Record<string, string>; onLine?: (line: string) => void } = {},
): Promise<void> {
  const path = resolve(fileURLToPath(new URL('../python/', import.meta.url)), program);
  const child = spawn(python, ['-X', 'utf8', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) onLine(line);
  const [code] = await exited;
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}
