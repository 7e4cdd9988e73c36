import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LauncherError } from '../launcher-error.ts';

/** Changes when an older version could not read a backup of this one. */
const FORMAT = 1;
const FILE = 'backup.json';

const backupManifest = z.object({
  format: z.literal(FORMAT),
  /** The time of the snapshot, which everything in the backup agrees with. */
  taken_at: z.string(),
  /** Tables name their files by absolute paths below this folder. */
  warehouse: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  /** Metadata files of the tables; each must be readable after a restore. */
  metadata_locations: z.array(z.string()),
  /** Metadata files of tables that were damaged: files of them are not in the backup. */
  incomplete_tables: z.array(z.string()).default([]),
  files: z.number().int(),
  bytes: z.number().int(),
});

/** What a backup holds. It is written last: a folder without it is no backup. */
export type BackupManifest = z.infer<typeof backupManifest>;

export async function writeManifest(
  folder: string,
  manifest: Omit<BackupManifest, 'format'>,
): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, ...manifest }, undefined, 2);
  await writeFile(join(folder, FILE), `${text}\n`, { mode: 0o600, flush: true });
}

/** Throws LauncherError for a folder that is no backup, or one that this version cannot read. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new LauncherError(`${folder} is no backup: it has no ${FILE}`);
  }
  const parsed = backupManifest.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new LauncherError(`${join(folder, FILE)} is damaged, or of a version that is newer`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The file with the rows of a table: its name without quotes. */
export function rowsFile(folder: string, table: string): string {
  return join(folder, 'database', `${table.replaceAll('"', '')}.copy.gz`);
}
