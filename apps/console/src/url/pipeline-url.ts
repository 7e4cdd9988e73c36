import type { FrameUrl } from './frame-url.ts';
import { pickLineageUrl, type LineageUrl } from './lineage-url.ts';

/** The parts of the page of a pipeline. */
export const PIPELINE_TABS = [
  'overview',
  'code',
  'runs',
  'tests',
  'lineage',
  'versions',
  'automation',
] as const;
export type PipelineTab = (typeof PIPELINE_TABS)[number];

/** The address of the page of a pipeline, behind `/p/namespace/layer/name`. */
export interface PipelineUrl extends FrameUrl, LineageUrl {
  /** Absent: the overview. */
  tab?: PipelineTab | undefined;
  /** The file in the editor, and where its caret begins. */
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  /** The test whose history is shown. */
  test?: string | undefined;
  /** The two versions that are compared. */
  older?: number | undefined;
  newer?: number | undefined;
  /** Behind which run the page of runs begins. */
  cursor?: string | undefined;
}

export function parsePipelineUrl(search: Record<string, unknown>): PipelineUrl {
  const text = (name: string): string | undefined => {
    const value = search[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const whole = (name: string): number | undefined => {
    const value = Number(search[name]);
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  return {
    ns: text('ns'),
    tab: PIPELINE_TABS.find((tab) => tab === search['tab']),
    file: text('file'),
    line: whole('line'),
    column: whole('column'),
    test: text('test'),
    older: whole('older'),
    newer: whole('newer'),
    cursor: text('cursor'),
    ...pickLineageUrl(search),
  };
}
