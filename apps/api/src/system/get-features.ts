import type { Features } from '@rat/contracts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

const FEATURES: Omit<Features, 'multi_user'> = {
  edition: 'community',
  namespaces: true,
  landing_zones: true,
  plugins: {},
};

/** GET /api/v1/features: what this installation can do. It has several users once sign-in is on. */
export function getFeaturesRoute(deps: {
  signIn: { isOn: () => Promise<boolean> };
}): HandledOperation<'getFeatures'> {
  return handleOperation('getFeatures', async (_req, res) => {
    res.json({ ...FEATURES, multi_user: await deps.signIn.isOn() });
  });
}
