import type { BodyOf } from '@rat/contracts';
import type { TaggedPipeline } from './pipeline-place.ts';

/** The texts of a pipeline by their paths, as its folder has them. */
export type Files = Readonly<Record<string, string>>;

export const SQL_FILE = 'pipeline.sql';
export const CONFIG_FILE = 'config.yaml';

type Pipeline = TaggedPipeline['pipeline'];
/** What both the checks and the write of a pipeline take. */
type Content = BodyOf<'validatePipeline'>['files'];

export function testFile(name: string): string {
  return `tests/quality/${name}.sql`;
}

/** The name of the test whose file this is. */
export function testOf(path: string): string | undefined {
  return /^tests\/quality\/(.+)\.sql$/.exec(path)?.[1];
}

/** The files of a pipeline. Settings that were sent as JSON are shown as JSON, which is YAML too. */
export function filesOf({ sql, config, config_yaml: yaml, quality_tests: tests }: Pipeline): Files {
  const isEmpty = Object.keys(config).length === 0;
  return {
    [SQL_FILE]: sql,
    [CONFIG_FILE]: yaml ?? (isEmpty ? '' : `${JSON.stringify(config, null, 2)}\n`),
    ...Object.fromEntries(tests.map((test) => [testFile(test.name), test.sql])),
  };
}

/**
 * The files as a request has them. A test keeps the settings that it has; settings of the pipeline that no person changed stay what
 * they are, JSON or text.
 */
export function toContent(files: Files, pipeline: Pipeline): Content {
  const config = files[CONFIG_FILE] ?? '';
  const isUntouched = config === filesOf(pipeline)[CONFIG_FILE];
  return {
    sql: files[SQL_FILE] ?? '',
    config: isUntouched && pipeline.config_yaml === null ? pipeline.config : config,
    quality_tests: Object.entries(files).flatMap(([path, sql]) => {
      const name = testOf(path);
      const known = pipeline.quality_tests.find((test) => test.name === name);
      return name === undefined ? [] : [{ ...known, name, sql }];
    }),
  };
}

/** Whether two sets of files are the same. */
export function areSame(one: Files, other: Files): boolean {
  const paths = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...paths].every((path) => one[path] === other[path]);
}

/** The file that an issue of the API is about: `sql`, `config.<key>`, `quality_tests.<name>.sql`. */
export function fileOfIssue(path: string): string {
  const bare = path.replace(/^files\./, '');
  if (bare === 'config' || bare.startsWith('config.')) return CONFIG_FILE;
  const name = /^quality_tests\.([^.]+)/.exec(bare)?.[1];
  return name === undefined ? SQL_FILE : testFile(name);
}
