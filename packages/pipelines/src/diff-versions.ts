import { canonicalJson } from './content-hash.ts';
import { toSource, type SourceTest } from './source-content.ts';
import { CONFIG_FILE, PIPELINE_FILE, testPath, toFiles } from './source-files.ts';
import { diffBudget, diffLines, type DiffBudget } from './diff-lines.ts';

/** The content of a version or of a draft. */
export interface VersionContent {
  sql: string;
  config: object;
  /** `config.yaml` as its author wrote it. */
  configYaml?: string | undefined;
  qualityTests: readonly SourceTest[];
}

/** A setting that differs; undefined where it is not set. */
export interface SettingChange {
  key: string;
  from: unknown;
  to: unknown;
}

/** A file that differs. */
export interface FileDiff {
  path: string;
  status: 'added' | 'removed' | 'changed';
  /** Lines that only the new file has. */
  added: number;
  /** Lines that only the old file has. */
  removed: number;
  /** A unified diff; empty when only settings differ. */
  diff: string;
  /** The settings of a quality test that differ. */
  settings: SettingChange[];
}

/** The difference of two versions. Files and settings that are equal are left out. */
export interface VersionDiff {
  files: FileDiff[];
  config: SettingChange[];
}

/**
 * The SQL files of a version, by their paths in the pipeline's folder.
 *
 * @example
 * versionFiles({ sql, qualityTests }); // { 'pipeline.sql': …, 'tests/quality/no_negative.sql': … }
 */
export function versionFiles({
  sql,
  qualityTests,
}: Pick<VersionContent, 'sql' | 'qualityTests'>): Record<string, string> {
  const tests = qualityTests.map((test) => [testPath(test.name), test.sql]);
  return { [PIPELINE_FILE]: sql, ...Object.fromEntries(tests) };
}

/**
 * Compares two versions: each file line by line, and the settings by key. Pure, and bounded in time
 * for files of a megabyte.
 *
 * @example
 * const { files, config } = diffVersions(older, newer);
 */
export function diffVersions(before: VersionContent, after: VersionContent): VersionDiff {
  const budget = diffBudget();
  const pipeline = diffFile(PIPELINE_FILE, [before.sql, after.sql], budget);
  const names = new Set([...before.qualityTests, ...after.qualityTests].map(({ name }) => name));
  const tests = [...names].toSorted().flatMap((name) => {
    const [old, next] = [findTest(before, name), findTest(after, name)];
    const file = diffFile(testPath(name), [old?.sql, next?.sql], budget);
    const settings = diffSettings(settingsOf(old), settingsOf(next));
    return file.diff === '' && settings.length === 0 ? [] : [{ ...file, settings }];
  });
  return {
    files: [
      ...diffConfigText(before, after, budget),
      ...(pipeline.diff === '' ? [] : [pipeline]),
      ...tests,
    ],
    config: diffSettings(before.config, after.config),
  };
}

/**
 * Compares the files of two folders, by their paths: each that differs, line by line. Bounded as `diffVersions` is.
 *
 * @example
 * diffFiles(new Map([['pipeline.sql', 'SELECT 1']]), new Map([['pipeline.sql', 'SELECT 2']]));
 */
export function diffFiles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): FileDiff[] {
  const budget = diffBudget();
  return [...new Set([...before.keys(), ...after.keys()])]
    .toSorted()
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => diffFile(path, [before.get(path), after.get(path)], budget));
}

/**
 * The lines of `config.yaml` that differ, where an author wrote it: comments are no settings. Settings
 * that came as JSON have no lines, so only their values are compared.
 */
function diffConfigText(
  before: VersionContent,
  after: VersionContent,
  budget: DiffBudget,
): FileDiff[] {
  if (before.configYaml === undefined && after.configYaml === undefined) return [];
  const texts = [before, after].map((one) => toFiles(toSource(one)).get(CONFIG_FILE));
  const file = diffFile(CONFIG_FILE, [texts[0], texts[1]], budget);
  return file.diff === '' ? [] : [file];
}

function findTest({ qualityTests }: VersionContent, name: string): SourceTest | undefined {
  return qualityTests.find((test) => test.name === name);
}

function settingsOf(test: SourceTest | undefined): object | undefined {
  if (test === undefined) return undefined;
  const { name: _name, sql: _sql, ...settings } = test;
  return settings;
}

function diffFile(
  path: string,
  [before, after]: [string | undefined, string | undefined],
  budget: DiffBudget,
): FileDiff {
  const { hunks, added, removed } = diffLines(before ?? '', after ?? '', budget);
  const from = before === undefined ? '/dev/null' : `a/${path}`;
  const to = after === undefined ? '/dev/null' : `b/${path}`;
  const status = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const diff = hunks === '' ? '' : `--- ${from}\n+++ ${to}\n${hunks}`;
  return { path, status, added, removed, diff, settings: [] };
}

function diffSettings(before: object = {}, after: object = {}): SettingChange[] {
  const [old, next] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...next.keys()])]
    .toSorted()
    .map((key) => ({ key, from: old.get(key) as unknown, to: next.get(key) as unknown }))
    .filter(({ from, to }) => canonicalJson(from ?? null) !== canonicalJson(to ?? null));
}
