import type { QualityStatus } from '@rat/domain';

/** A result of a test as a sign, which stands beside its word. */
export const TEST_GLYPHS: Record<QualityStatus, string> = {
  passed: '✓',
  failed: '✕',
  warned: '!',
  error: '✕',
};
