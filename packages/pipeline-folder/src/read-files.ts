import type { RatClient } from '@rat/client';
import { formatRef, type PipelineRef } from '@rat/domain';
import {
  AUTOMATION_FILE,
  readPipelineFiles,
  toFiles,
  toSource,
  type PipelineSource,
} from '@rat/pipelines';
import { about, FolderError } from './folder-error.ts';

/** A pipeline as a folder has it. */
export type FolderPipeline = Awaited<ReturnType<typeof readPipelineFiles>>[number];

/** The pipelines of a folder. Throws FolderError when there is none: the folder is hardly the one that was meant. */
export async function readFolder(directory: string): Promise<FolderPipeline[]> {
  const sources = await readPipelineFiles(directory);
  if (sources.length > 0) return sources;
  throw new FolderError(
    `no pipelines in ${directory}; expected pipelines/<namespace>/<layer>/<name>/pipeline.sql`,
  );
}

/** The files of the current version of a pipeline, by their paths in its folder. */
export async function readStoredFiles(
  rat: RatClient,
  ref: PipelineRef,
): Promise<Map<string, string>> {
  const stored = await about(formatRef(ref), rat.pipelines.get(ref));
  return filesOf({
    sql: stored.sql,
    config: stored.config,
    qualityTests: stored.quality_tests,
    configYaml: stored.config_yaml ?? undefined,
    automationYaml: stored.automation_yaml ?? undefined,
  });
}

/** The same of a pipeline in a folder, written as the API would write them. */
export function filesOfSource(source: PipelineSource): Map<string, string> {
  return filesOf({ ...source, config: source.config ?? {}, qualityTests: source.qualityTests });
}

function filesOf(
  content: Parameters<typeof toSource>[0] & { automationYaml?: string | undefined },
): Map<string, string> {
  const files = toFiles(toSource(content));
  if (content.automationYaml !== undefined) files.set(AUTOMATION_FILE, content.automationYaml);
  return files;
}
