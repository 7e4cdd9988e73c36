import type { PipelineRef } from '@rat/domain';
import type { PipelineSummaryRow } from '@rat/store';

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

/** The id of the published version, by the path of each of its files. */
export function publishedVersions(
  ref: PipelineRef,
  published: PipelineSummaryRow['published'],
): Record<string, string> {
  if (published === undefined) return {};
  const files = [
    SQL_FILE,
    ...(published.hasConfig ? [CONFIG_FILE] : []),
    ...published.tests.map(testFile),
  ];
  return Object.fromEntries(files.map((file) => [pipelinePrefix(ref) + file, published.id]));
}
