import type { PipelineRef } from '@rat/domain';

export const SQL_FILE = 'pipeline.sql';
export const CONFIG_FILE = 'config.yaml';

/** Where the files of a pipeline are in `/files`, with a slash at its end. It is a name, not a folder. */
export function pipelinePrefix({ namespace, layer, name }: PipelineRef): string {
  return `${namespace}/pipelines/${layer}/${name}/`;
}

/** The file of a quality test, below the prefix of its pipeline. */
export function testFile(test: string): string {
  return `tests/quality/${test}.sql`;
}

/** The id of a version, by the path of each of its files; empty without a version. */
export function publishedVersions(
  ref: PipelineRef,
  published: { id: string; hasConfig: boolean; tests: readonly string[] } | undefined,
): Record<string, string> {
  if (published === undefined) return {};
  const files = [
    SQL_FILE,
    ...(published.hasConfig ? [CONFIG_FILE] : []),
    ...published.tests.map(testFile),
  ];
  return Object.fromEntries(files.map((file) => [pipelinePrefix(ref) + file, published.id]));
}
