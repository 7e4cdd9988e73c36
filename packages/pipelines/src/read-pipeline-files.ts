import { join } from 'node:path';
import { InputError, isLayer, isSlug, type Issue, type PipelineRef } from '@rat/domain';
import { readConfigFile, type PipelineSource } from './define-pipeline.ts';
import type { QualityTestSource } from './define-quality-test.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import { AUTOMATION_FILE, CONFIG_FILE, PIPELINE_FILE, TEST_SETTINGS_FILE } from './source-files.ts';
import { parseTestSettings } from './test-settings.ts';
import { readFolder, readTextFile, UnreadableError, type EntryKind } from './read-text-file.ts';

const DEAD_LINK = 'is a symbolic link that leads to no file';

/** A pipeline of a folder. */
export interface PipelineFolder extends PipelineSource {
  /** The text of its `config.yaml`; undefined when there is none. */
  configYaml: string | undefined;
  /** The text of its `automation.yaml`; undefined when there is none. The API checks it. */
  automationYaml: string | undefined;
}

/**
 * Reads every pipeline under `<root>/pipelines/<namespace>/<layer>/<name>/`, sorted by address; a
 * missing folder means no pipelines. It does not check the SQL, as `definePipeline` does.
 *
 * Throws InputError that names each file or folder, relative to `root`, which is misplaced,
 * misnamed, not UTF-8 or not a configuration: silently skipping a file is worse than a refusal.
 */
export async function readPipelineFiles(root: string): Promise<PipelineFolder[]> {
  const issues: Issue[] = [];
  const sources: PipelineFolder[] = [];
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
): Promise<PipelineFolder | undefined> {
  const folder = `pipelines/${ref.namespace}/${ref.layer}/${ref.name}`;
  const entries = await list(root, folder, issues);
  const isDead = ({ kind }: { kind: EntryKind }): boolean => kind === 'dead link';
  for (const { name } of entries.filter(isDead)) {
    issues.push({ path: `${folder}/${name}`, message: DEAD_LINK });
  }
  const before = issues.length;
  const sql = await readText(root, `${folder}/${PIPELINE_FILE}`, issues);
  if (sql === undefined) {
    // An unreadable file is already an issue.
    if (issues.length === before && !entries.some(({ name }) => name === PIPELINE_FILE)) {
      issues.push({ path: `${folder}/${PIPELINE_FILE}`, message: 'is missing' });
    }
    return undefined;
  }
  for (const file of [CONFIG_FILE, AUTOMATION_FILE]) {
    const other = file.replace(/yaml$/, 'yml');
    if (!entries.some(({ name }) => name === other)) continue;
    issues.push({ path: `${folder}/${other}`, message: `must be called ${file}` });
  }
  const { config, configYaml } = await readConfig(root, `${folder}/${CONFIG_FILE}`, issues);
  const tests = await readTests(root, `${folder}/tests/quality`, issues);
  const qualityTests = await withSettings(root, { folder, tests }, issues);
  const automationYaml = await readText(root, `${folder}/${AUTOMATION_FILE}`, issues);
  return { ref, sql, config, configYaml, automationYaml, qualityTests };
}

/** Adds to the tests what `tests/quality.yaml` sets. */
async function withSettings(
  root: string,
  { folder, tests }: { folder: string; tests: QualityTestSource[] },
  issues: Issue[],
): Promise<QualityTestSource[]> {
  const path = `${folder}/${TEST_SETTINGS_FILE}`;
  const text = await readText(root, path, issues);
  if (text === undefined) return tests;
  const names = tests.map(({ name }) => name);
  const { settings, mistakes } = parseTestSettings(text, names);
  issues.push(...mistakes.map((mistake) => ({ path, ...mistake })));
  return tests.map((test) => ({ ...settings.get(test.name), ...test }));
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
async function readConfig(
  root: string,
  path: string,
  issues: Issue[],
): Promise<{ config: unknown; configYaml: string | undefined }> {
  const text = await readText(root, path, issues);
  if (text === undefined) return { config: undefined, configYaml: undefined };
  const { value, mistakes, placeOf } = parseConfigYaml(text);
  issues.push(...mistakes.map((mistake) => ({ path, ...mistake })));
  if (mistakes.length > 0) return { config: undefined, configYaml: undefined };
  const found: Issue[] = [];
  readConfigFile(value, found);
  for (const { path: key, message } of found) {
    const name = key.replace(/^config\.?/, '');
    const place = placeOf(...name.split('.'));
    issues.push({ path, message: name === '' ? message : `${name}: ${message}`, ...place });
  }
  return { config: value, configYaml: text };
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
