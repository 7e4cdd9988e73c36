import { QUALITY_SEVERITIES } from '@rat/domain';
import { z } from 'zod';

/** What any quality test may say of itself; only `severity` decides anything, the rest is for people. */
export const testFacts = {
  severity: z.enum(QUALITY_SEVERITIES),
  description: z.string().max(5_000).optional(),
  tags: z.array(z.string().min(1).max(100)).max(50).optional(),
  /** What to do about a violation. */
  remediation: z.string().max(5_000).optional(),
};
