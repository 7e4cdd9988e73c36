import { join } from 'node:path';
import { InputError, isLayer, isSlug, type Issue, type PipelineRef } from '@rat/domain';
import { readConfigFile, type PipelineSource } from './define-pipeline.ts';
import type { QualityTestSource } from './define-quality-test.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import { readFolder, readTextFile, UnreadableError, type EntryKind } from './read-text-file.ts';

const SQL_FILE = 'pipeline.sql';
const CONFIG_FILE = 'config.yaml';
const DEAD_LINK = 'is a symbolic link that leads to no file';

/**
 * Reads every pipeline under `<root>/pipelines/<namespace>/<layer>/<name>/`, sorted by address; a
 * missing folder means no pipelines. It does not check the SQL, as `definePipeline` does.
 *
 * Throws InputError that names each file or folder, relative to `root`, which is misplaced,
 * misnamed, not UTF-8 or not a configuration: silently skipping a file is worse than a refusal.
 */
export async function readPipelineFiles(root: string): Promise<PipelineSource[]> {
  const issues: Issue[] = [];
  const sources: PipelineSource[] = [];
  for (const namespace of await listFolders(root, 'pipelines', isSlug, issues)) {
    for (const layer of await listFolders(root, `pipelines/${namespace}`, isLayer, issues)) {
      for (const name of await listFolders(
        root,
        `pipelines/${namespace}/${layer}`,
        isSlug,
        issues,
      )) {
        // The listing contains only layers.
        if (!isLayer(layer)) continue;
        const source = await readPipeline(root, { namespace, layer, name }, issues);
        if (source) sources.push(source);
      }
    }
  }
  const [first] = issues;
  if (first) throw new InputError(`${first.path}: ${first.message}`, issues);
  return sources;
}

async function readPipeline(
  root: string,
  ref: PipelineRef,
  issues: Issue[],
): Promise<PipelineSource | undefined> {
  const folder = `pipelines/${ref.namespace}/${ref.layer}/${ref.name}`;
  const entries = await list(root, folder, issues);
  const isDead = ({ kind }: { kind: EntryKind }): boolean => kind === 'dead link';
  for (const { name } of entries.filter(isDead)) {
    issues.push({ path: `${folder}/${name}`, message: DEAD_LINK });
  }
  const before = issues.length;
  const sql = await readText(root, `${folder}/${SQL_FILE}`, issues);
  if (sql === undefined) {
    // An unreadable file is already an issue.
    if (issues.length === before && !entries.some(({ name }) => name === SQL_FILE)) {
      issues.push({ path: `${folder}/${SQL_FILE}`, message: 'is missing' });
    }
    return undefined;
  }
  if (entries.some(({ name }) => name === 'config.yml')) {
    issues.push({ path: `${folder}/config.yml`, message: `must be called ${CONFIG_FILE}` });
  }
  const config = await readConfig(root, `${folder}/${CONFIG_FILE}`, issues);
  const qualityTests = await readTests(root, `${folder}/tests/quality`, issues);
  return { ref, sql, config, qualityTests };
}

async function readTests(
  root: string,
  folder: string,
  issues: Issue[],
): Promise<QualityTestSource[]> {
  const tests: QualityTestSource[] = [];
  for (const { name: file, kind } of await list(root, folder, issues)) {
    const path = `${folder}/${file}`;
    const name = file.replace(/\.sql$/, '');
    if (kind === 'dead link') issues.push({ path, message: DEAD_LINK });
    else if (kind !== 'file' || name === file || !isSlug(name)) {
      issues.push({ path, message: 'must be a file named with a lowercase slug and .sql' });
    } else tests.push({ name, sql: (await readText(root, path, issues)) ?? '' });
  }
  return tests;
}

/** Reads the configuration of a file; each mistake carries the line of its key. */
async function readConfig(root: string, path: string, issues: Issue[]): Promise<unknown> {
  const text = await readText(root, path, issues);
  if (text === undefined) return undefined;
  const { value, mistakes, placeOf } = parseConfigYaml(text);
  issues.push(...mistakes.map((mistake) => ({ path, ...mistake })));
  if (mistakes.length > 0) return undefined;
  const found: Issue[] = [];
  readConfigFile(value, found);
  for (const { path: key, message } of found) {
    const name = key.replace(/^config\.?/, '');
    issues.push({ path, message: name === '' ? message : `${name}: ${message}`, ...placeOf(name) });
  }
  return value;
}

async function listFolders(
  root: string,
  folder: string,
  isName: (name: string) => boolean,
  issues: Issue[],
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, kind } of await list(root, folder, issues)) {
    if (kind === 'folder' && isName(name)) {
      names.push(name);
      continue;
    }
    const problems = { folder: 'is no valid name here', 'dead link': DEAD_LINK } as const;
    const message =
      kind === 'folder' || kind === 'dead link' ? problems[kind] : 'no file belongs here';
    issues.push({ path: `${folder}/${name}`, message });
  }
  return names;
}

/** Lists a folder in sorted order, the same on every machine; skips hidden files. */
async function list(
  root: string,
  folder: string,
  issues: Issue[],
): Promise<{ name: string; kind: EntryKind }[]> {
  const entries = (await orIssue(folder, issues, () => readFolder(join(root, folder)))) ?? [];
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined for a missing file, and for an unreadable one, which is added to `issues`. */
async function readText(root: string, path: string, issues: Issue[]): Promise<string | undefined> {
  return orIssue(path, issues, () => readTextFile(join(root, path)));
}

async function orIssue<T>(
  path: string,
  issues: Issue[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    issues.push({ path, message: error.message });
    return undefined;
  }
}
