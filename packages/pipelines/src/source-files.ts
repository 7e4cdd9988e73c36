import { isSlug } from '@rat/domain';
import type { SourceContent, SourceTest } from './source-content.ts';
import { writeConfigYaml } from './write-config-yaml.ts';

/** The files of a pipeline, by their paths in its folder. */
export const PIPELINE_FILE = 'pipeline.sql';
export const CONFIG_FILE = 'config.yaml';
/** Beside the files of a version, and no part of one. */
export const AUTOMATION_FILE = 'automation.yaml';
export const TEST_SETTINGS_FILE = 'tests/quality.yaml';
const TEST_FILE = /^tests\/quality\/([^/]+)\.sql$/;

/** Which file of a pipeline a path in its folder names. */
export type SourceFile =
  | { kind: 'pipeline' }
  | { kind: 'config' }
  /** What the tests' SQL does not set; it follows from the tests and is not written by itself. */
  | { kind: 'test settings' }
  | { kind: 'test'; name: string };

/** The file that a path in a pipeline's folder names; undefined when a pipeline has no such file. */
export function findSourceFile(path: string): SourceFile | undefined {
  if (path === PIPELINE_FILE) return { kind: 'pipeline' };
  if (path === CONFIG_FILE) return { kind: 'config' };
  if (path === TEST_SETTINGS_FILE) return { kind: 'test settings' };
  const name = TEST_FILE.exec(path)?.[1];
  if (name === undefined || !isSlug(name)) return undefined;
  return { kind: 'test', name };
}

/** The path of a quality test in the folder of its pipeline. */
export function testPath(name: string): string {
  return `tests/quality/${name}.sql`;
}

/**
 * The files of a pipeline by their paths in its folder, sorted. `config.yaml` is what its author wrote,
 * or else made from the settings. A file that would say nothing is left out.
 *
 * @example
 * toFiles(toSource(version)).get('config.yaml'); // 'max_retries: 2\n'
 */
export function toFiles(content: SourceContent): Map<string, string> {
  const { sql, config, configYaml, qualityTests } = content;
  const files: [string, string | undefined][] = [
    [CONFIG_FILE, configYaml ?? (writeConfigYaml(config) || undefined)],
    [PIPELINE_FILE, sql === '' ? undefined : sql],
    [TEST_SETTINGS_FILE, writeConfigYaml(settingsOf(qualityTests)) || undefined],
    ...qualityTests
      .map((test): [string, string] => [testPath(test.name), test.sql])
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ];
  return new Map(files.filter((file): file is [string, string] => file[1] !== undefined));
}

/** A file that can be written. */
export type WritableFile =
  | { kind: 'pipeline'; text: string }
  /** `config`: the settings of the text; one that cannot be read is kept, and a publish refuses it. */
  | { kind: 'config'; text: string; config: Record<string, unknown> }
  | { kind: 'test'; name: string; text: string };

/** The content with one file written. A test keeps the settings that its SQL does not make. */
export function writeSourceFile(content: SourceContent, file: WritableFile): SourceContent {
  const { text } = file;
  switch (file.kind) {
    case 'pipeline':
      return { ...content, sql: text };
    case 'config':
      return { ...content, config: file.config, configYaml: text };
    case 'test': {
      const { name } = file;
      const old = content.qualityTests.find((test) => test.name === name);
      const others = content.qualityTests.filter((test) => test !== old);
      return { ...content, qualityTests: [...others, { ...old, name, sql: text }] };
    }
  }
}

/** The content without one file; the same content when it has no such file. */
export function removeSourceFile(
  content: SourceContent,
  file: Exclude<SourceFile, { kind: 'test settings' }>,
): SourceContent {
  switch (file.kind) {
    case 'pipeline':
      return { ...content, sql: '' };
    case 'config':
      return { ...content, config: {}, configYaml: undefined };
    case 'test':
      return {
        ...content,
        qualityTests: content.qualityTests.filter(({ name }) => name !== file.name),
      };
  }
}

function settingsOf(tests: readonly SourceTest[]): object {
  const entries = tests.flatMap(({ name, sql: _sql, ...settings }) =>
    Object.keys(settings).length === 0 ? [] : [[name, settings] as const],
  );
  return Object.fromEntries(entries);
}
