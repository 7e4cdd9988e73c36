import type { BuiltInTest, PipelineConfig, QualityTest } from '@rat/contracts';
import { builtInTestName } from '@rat/contracts/children';
import type { QualitySeverity } from '@rat/domain';

/** A quality test of either kind, with its defaults filled in. */
export interface PipelineTestDefinition {
  name: string;
  severity: QualitySeverity;
  description: string | undefined;
  tags: string[];
  remediation: string | undefined;
  asks: { sql: string } | { builtIn: BuiltInTest };
}

/** All quality tests of a pipeline: those of its configuration, then those written in SQL. */
export function listTests(
  config: PipelineConfig,
  qualityTests: readonly QualityTest[],
): PipelineTestDefinition[] {
  const builtIn = (config.tests ?? []).map((test) => ({
    ...facts(test),
    name: builtInTestName(test),
    asks: { builtIn: test },
  }));
  const written = qualityTests.map((test) => ({
    ...facts(test),
    name: test.name,
    asks: { sql: test.sql },
  }));
  return [...builtIn, ...written];
}

type Facts = Omit<PipelineTestDefinition, 'name' | 'asks'>;

function facts(test: Pick<BuiltInTest, keyof Facts>): Facts {
  const { severity = 'error', description, tags = [], remediation } = test;
  return { severity, description, tags, remediation };
}
