import type { PipelineConfig, QualityTest } from '@rat/contracts';
import { canonicalJson } from './content-hash.ts';
import { diffBudget, diffLines, type DiffBudget } from './diff-lines.ts';

/** The content of a version. */
export interface VersionContent {
  sql: string;
  config: PipelineConfig;
  qualityTests: readonly QualityTest[];
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

/** The path of the pipeline's SQL in its folder. */
const PIPELINE_FILE = 'pipeline.sql';

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
    files: [...(pipeline.diff === '' ? [] : [pipeline]), ...tests],
    config: diffSettings(before.config, after.config),
  };
}

function testPath(name: string): string {
  return `tests/quality/${name}.sql`;
}

function findTest({ qualityTests }: VersionContent, name: string): QualityTest | undefined {
  return qualityTests.find((test) => test.name === name);
}

function settingsOf(test: QualityTest | undefined): Omit<QualityTest, 'name' | 'sql'> | undefined {
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
