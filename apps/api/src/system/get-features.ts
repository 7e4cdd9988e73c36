import type { Features } from '@rat/contracts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

const FEATURES: Features = {
  edition: 'community',
  namespaces: true,
  multi_user: false,
  landing_zones: true,
  plugins: {},
};

/** GET /api/v1/features: what this installation can do. */
export function getFeaturesRoute(): HandledOperation<'getFeatures'> {
  return handleOperation('getFeatures', (_req, res) => {
    res.json(FEATURES);
  });
}
