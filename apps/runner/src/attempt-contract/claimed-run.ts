import { pipelineConfig, qualityTest, type PipelineConfig, type QualityTest } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import type { ClaimedRun } from '@rat/store';
import { z } from 'zod';

const DEFAULT_RETRY_DELAY_SECONDS = 30;

/** The table that the run writes; it has the name of its pipeline. */
export function runTable(run: ClaimedRun): PipelineRef {
  return { namespace: run.namespace, layer: run.layer, name: run.pipeline };
}

/** The config of the pinned version. It is stored JSON, so it is parsed like outside input. */
export function runConfig(run: ClaimedRun): PipelineConfig {
  return pipelineConfig.parse(run.config);
}

export function qualityTestsOf(run: ClaimedRun): QualityTest[] {
  return z.array(qualityTest).parse(run.qualityTests);
}

export function retryDelayMs(run: ClaimedRun): number {
  return (runConfig(run).retry_delay_seconds ?? DEFAULT_RETRY_DELAY_SECONDS) * 1_000;
}
