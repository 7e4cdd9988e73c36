import { QUALITY_SEVERITIES } from '@rat/domain';
import { z } from 'zod';

/** Settings of any quality test. `severity` decides about the run; the others are for readers. */
export const testFacts = {
  severity: z.enum(QUALITY_SEVERITIES),
  description: z.string().max(5_000).optional(),
  tags: z.array(z.string().min(1).max(100)).max(50).optional(),
  /** What to do about a violation. */
  remediation: z.string().max(5_000).optional(),
};
