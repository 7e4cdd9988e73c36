import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, isLayer, isSlug, type Issue, type PipelineRef } from '@rat/domain';
import { parse, YAMLParseError } from 'yaml';
import type { PipelineSource } from './define-pipeline.ts';
import type { QualityTestSource } from './define-quality-test.ts';

const SQL_FILE = 'pipeline.sql';
const CONFIG_FILE = 'config.yaml';

/**
 * Reads every pipeline under `<root>/pipelines/<namespace>/<layer>/<name>/`, sorted by address; no such folder is no
 * pipelines. The content is not judged, see `definePipeline`. Throws InputError that names each file or folder which
 * is misplaced, misnamed or not YAML, relative to `root`: a file that is silently not read is worse than a refusal.
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
        // The listing let only layers through.
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
  const sql = await readText(root, `${folder}/${SQL_FILE}`);
  if (sql === undefined) {
    issues.push({ path: `${folder}/${SQL_FILE}`, message: 'is missing' });
    return undefined;
  }
  if ((await readText(root, `${folder}/config.yml`)) !== undefined) {
    issues.push({ path: `${folder}/config.yml`, message: `must be called ${CONFIG_FILE}` });
  }
  const config = await readYaml(root, `${folder}/${CONFIG_FILE}`, issues);
  const qualityTests = await readTests(root, `${folder}/tests/quality`, issues);
  return { ref, sql, config, qualityTests };
}

async function readTests(
  root: string,
  folder: string,
  issues: Issue[],
): Promise<QualityTestSource[]> {
  const tests: QualityTestSource[] = [];
  for (const entry of await list(root, folder)) {
    const path = `${folder}/${entry.name}`;
    const name = entry.name.replace(/\.sql$/, '');
    if (!entry.isFile() || name === entry.name || !isSlug(name)) {
      issues.push({ path, message: 'must be a file named with a lowercase slug and .sql' });
      continue;
    }
    tests.push({ name, sql: (await readText(root, path)) ?? '' });
  }
  return tests;
}

async function readYaml(root: string, path: string, issues: Issue[]): Promise<unknown> {
  const text = await readText(root, path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = parse(text);
    return value ?? undefined;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const place = error.linePos?.[0];
    const [message = 'is not YAML'] = error.message.split('\n', 1);
    issues.push({ path, message, line: place?.line, column: place?.col });
    return undefined;
  }
}

async function listFolders(
  root: string,
  folder: string,
  isName: (name: string) => boolean,
  issues: Issue[],
): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await list(root, folder)) {
    if (entry.isDirectory() && isName(entry.name)) {
      names.push(entry.name);
      continue;
    }
    const message = entry.isDirectory() ? 'is no valid name here' : 'no file belongs here';
    issues.push({ path: `${folder}/${entry.name}`, message });
  }
  return names;
}

/** Sorted, so that what is done with the pipelines has one order on every machine; hidden files are skipped. */
async function list(root: string, folder: string): ReturnType<typeof readEntries> {
  const entries = await readEntries(join(root, folder));
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function readEntries(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readText(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new InputError(`${path}: cannot be read`, [{ path, message: 'cannot be read' }], {
      cause: error,
    });
  }
}

/** By code alone: Node's own errors are not of this realm's Error class under every host. */
function isMissing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ENOENT' || error.code === 'ENOTDIR';
}
