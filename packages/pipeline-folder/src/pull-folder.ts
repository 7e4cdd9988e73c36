import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collect, type RatClient } from '@rat/client';
import { isSlug, type PipelineRef } from '@rat/domain';
import { AUTOMATION_FILE, findSourceFile } from '@rat/pipelines';
import { z } from 'zod';
import { about, FolderError } from './folder-error.ts';
import { planPull, type PullPlan } from './plan-pull.ts';
import { readStoredFiles } from './read-files.ts';

/** What a pull wrote, by path, so that the next one tells its own files from changes of the user. */
const RECORD_FILE = '.rat-pull.json';
const recordSchema = z.object({ files: z.record(z.string(), z.string()) });

export interface PullOptions {
  /** Only the pipelines of this namespace. */
  namespace?: string | undefined;
  /** Whether files that were changed in the folder are overwritten. */
  force: boolean;
}

/** What `pullFolder` did. */
export interface Pulled extends PullPlan {
  /** The published pipelines. */
  pipelines: number;
  /** All files of them, written now or right already. */
  files: number;
  /** Pipelines that were never published, so that they have no files to write. */
  unpublished: string[];
}

/**
 * Writes the files of all published pipelines into a folder, in the layout that `readPipelineFiles`
 * reads. Throws FolderError that names every file with changes of the user, and writes nothing then,
 * unless `force` is set.
 *
 * @example
 * const { write } = await pullFolder(rat, folder, { force: false });
 */
export async function pullFolder(
  rat: RatClient,
  folder: string,
  { namespace, force }: PullOptions,
): Promise<Pulled> {
  // Pipelines that the token cannot see are no reason to remove their files.
  const { namespaces } = await about('session', rat.session.get());
  const { texts, pipelines, unpublished } = await readPublished(rat, namespace);
  const record = await readRecord(folder);
  const inScope = (path: string): boolean => {
    const [, home = ''] = path.split('/');
    return (
      (namespace === undefined || home === namespace) &&
      (namespaces === null || namespaces.includes(home))
    );
  };
  const recorded = new Map([...record].filter(([path]) => inScope(path)));
  const wanted = new Map([...texts].map(([path, text]) => [path, hashOf(text)]));
  const onDisk = await hashFiles(folder, new Set([...wanted.keys(), ...recorded.keys()]));
  const plan = planPull({ wanted, recorded, onDisk });
  if (!force) refuseChanges(folder, plan);
  for (const path of [...plan.write, ...plan.changed]) {
    await replaceFile(join(folder, path), texts.get(path) ?? '');
  }
  for (const path of plan.remove) await removeFile(folder, path);
  const others = [...record].filter(([path]) => !inScope(path));
  await writeRecord(folder, new Map([...others, ...wanted]));
  return { ...plan, pipelines, files: texts.size, unpublished };
}

async function readPublished(
  rat: RatClient,
  namespace: string | undefined,
): Promise<{ texts: Map<string, string>; pipelines: number; unpublished: string[] }> {
  const texts = new Map<string, string>();
  const unpublished: string[] = [];
  const query = namespace === undefined ? {} : { namespace };
  const found = await about('pipelines', collect(rat.pipelines.list(query)));
  for (const { namespace: home, layer, name, version } of found) {
    const ref: PipelineRef = { namespace: home, layer, name };
    // The names become folders, so they are checked here too.
    if (!isSlug(home) || !isSlug(name)) throw new FolderError(`${home}/${name} is no valid name`);
    if (version === 0) {
      unpublished.push(`${home}.${layer}.${name}`);
      continue;
    }
    for (const [file, text] of await readStoredFiles(rat, ref)) {
      if (!isOfPipeline(file)) throw new FolderError(`${file} is no valid name`);
      texts.set(`pipelines/${home}/${layer}/${name}/${file}`, text);
    }
  }
  return { texts, pipelines: found.length - unpublished.length, unpublished };
}

function refuseChanges(folder: string, { changed, orphaned }: PullPlan): void {
  if (changed.length + orphaned.length === 0) return;
  const lines = [
    `nothing was written: files in ${folder} have changes that no pull wrote`,
    ...changed.map((path) => `  ${path}`),
    ...orphaned.map((path) => `  ${path} (its pipeline no longer has it)`),
    'keep them with `npm run apply`, or overwrite them with --force',
  ];
  throw new FolderError(lines.join('\n'));
}

/** Whether a path in the folder of a pipeline is one of its files. */
function isOfPipeline(path: string): boolean {
  return path === AUTOMATION_FILE || findSourceFile(path) !== undefined;
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function hashFiles(folder: string, paths: ReadonlySet<string>): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of paths) {
    const content = await readOrNothing(join(folder, path));
    if (content !== undefined) hashes.set(path, hashOf(content));
  }
  return hashes;
}

async function readOrNothing(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file appears complete or not at all; `apply` passes over the hidden name. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const hidden = join(dirname(path), `.rat-pull-${randomUUID()}`);
  try {
    await writeFile(hidden, text);
    await rename(hidden, path);
  } finally {
    await rm(hidden, { force: true });
  }
}

/** Removes a file, and the folders that are empty without it. */
async function removeFile(folder: string, path: string): Promise<void> {
  await rm(join(folder, path), { force: true });
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    try {
      await rmdir(join(folder, parent));
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) return;
      throw error;
    }
  }
}

async function readRecord(folder: string): Promise<Map<string, string>> {
  const content = await readOrNothing(join(folder, RECORD_FILE));
  if (content === undefined) return new Map();
  try {
    const { files } = recordSchema.parse(JSON.parse(Buffer.from(content).toString('utf8')));
    // It decides what is removed, so a path out of the folder must not be in it.
    const isOurs = ([path]: [string, string]): boolean =>
      /^pipelines(?:\/[a-z][a-z0-9_-]*){3}\//.test(path) &&
      isOfPipeline(path.split('/').slice(4).join('/'));
    return new Map(Object.entries(files).filter(isOurs));
  } catch (cause) {
    throw new FolderError(
      `${RECORD_FILE} cannot be read: remove it, and pull takes every file that differs as changed`,
      { cause },
    );
  }
}

async function writeRecord(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const sorted = [...files].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const text = `${JSON.stringify({ files: Object.fromEntries(sorted) }, null, 2)}\n`;
  await replaceFile(join(folder, RECORD_FILE), text);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
