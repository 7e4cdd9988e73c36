import type { Issue } from '@rat/domain';
import { parseAnnotations, type Annotation } from './parse-annotations.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import type { SourcePlace } from './source-map.ts';

/** Where an author wrote the settings of a pipeline. */
export interface WrittenSettings {
  annotations: readonly Annotation[];
  /** The place of a path of keys in the text of `config.yaml`; always undefined for settings that are no text. */
  placeOf: (...path: string[]) => SourcePlace | undefined;
  /** Whether the file or the JSON has the key. */
  isInFile: (key: string) => boolean;
}

/**
 * Adds to each issue of a setting the place where an annotation or the text of `config.yaml` makes
 * it. The issue of an annotation has the path `sql:@<key>`. Other issues stay as they are.
 *
 * @example
 * placeSettings([{ path: 'config.unique_key', message: 'no such column' }], { sql, config });
 */
export function placeSettings<T extends Issue>(
  issues: readonly T[],
  { sql, config }: { sql: string; config?: unknown },
): T[] {
  const isUnplaced = ({ path, line }: T): boolean =>
    path.startsWith('config.') && line === undefined;
  if (!issues.some(isUnplaced)) return [...issues];
  const placeOf = typeof config === 'string' ? parseConfigYaml(config).placeOf : () => undefined;
  const written = {
    annotations: parseAnnotations(sql),
    placeOf,
    isInFile: hasKey(config, placeOf),
  };
  return issues.map((issue) => (isUnplaced(issue) ? placeSetting(issue, written) : issue));
}

/** Whether settings, as text or as JSON, have a key. */
export function hasKey(
  config: unknown,
  placeOf: WrittenSettings['placeOf'],
): WrittenSettings['isInFile'] {
  const isMapping = typeof config === 'object' && config !== null;
  return (key) => (isMapping ? Object.hasOwn(config, key) : placeOf(key) !== undefined);
}

/**
 * Adds where the settings have the key of an issue. For a key that is missing, that is where they
 * select the merge strategy that needs it.
 */
export function placeSetting<T extends Issue>(issue: T, written: WrittenSettings): T {
  const path = pathOf(issue);
  const [key = ''] = path;
  const own = placeAt(path, written);
  const named = `${key}: `;
  const message = issue.message.startsWith(named) ? issue.message : named + issue.message;
  if (own !== undefined) {
    return { ...issue, ...own, message: own.path === undefined ? issue.message : message };
  }
  if (written.isInFile(key)) return issue;
  const strategy = placeAt(['merge_strategy'], written);
  return strategy === undefined ? issue : { ...issue, ...strategy, message };
}

/** An annotation wins over the file, as it does in a run. */
function placeAt(
  path: readonly string[],
  { annotations, placeOf }: WrittenSettings,
): (SourcePlace & { path?: string }) | undefined {
  const annotation = annotations.find(({ key }) => key === path[0]);
  if (annotation === undefined) return placeOf(...path);
  const { key, line, column } = annotation;
  return { path: `sql:@${key}`, line, column };
}

/** `config.tests.0` → `tests`, `0`. */
export function pathOf({ path }: Issue): string[] {
  return path.replace(/^config\.?/, '').split('.');
}
