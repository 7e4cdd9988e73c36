import type { OperationId } from '@rat/contracts';
import { listed, on, plain, type AccessCase } from './access-case.ts';
import type { AccessWorld, Prepared } from './access-world.ts';

const ofDefault = (world: AccessWorld) => ({
  name: world.next('robot'),
  role: 'viewer',
  namespaces: ['default'],
});

async function token(world: AccessWorld): Promise<Prepared> {
  const { id } = await world.do('post', '/tokens', { body: ofDefault(world) });
  return { path: { id: String(id) } };
}

const DEFAULT = { path: { namespace: 'default' } };

const CASES = {
  listNamespaces: listed(),
  createNamespace: on(201, (world) => ({ body: { name: world.next('space') } })),
  getNamespace: on(200, () => DEFAULT),
  putNamespace: on(200, () => ({ ...DEFAULT, body: { owner: 'the owners' } })),
  deleteNamespace: on(204, async (world) => {
    const name = world.next('space');
    await world.do('post', '/namespaces', { body: { name } });
    return { path: { namespace: name } };
  }),
  getRetention: plain(),
  putRetention: on(200, () => ({ body: { runs_max_per_pipeline: 100 } })),
  getRetentionStatus: plain(),
  runRetention: plain(),
  listTokens: plain(),
  createToken: on(201, (world) => ({ body: ofDefault(world) })),
  getToken: on(200, token),
  putToken: on(200, async (world) => ({ ...(await token(world)), body: { expires_at: null } })),
  deleteToken: on(204, token),
  createSession: on(200, async (world) => ({
    body: { token: (await world.token('viewer')).replace('Bearer ', '') },
  })),
  getSession: plain(),
  deleteSession: plain(204),
  endSessions: on(200, () => ({ path: { principal: 'oidc:nobody@example.org' } })),
  createStreamTicket: plain(201),
  getIndex: plain(),
  getHealth: plain(),
  getLiveness: plain(),
  getReadiness: plain(),
  getMetrics: plain(),
  getOpenApi: plain(),
  getFeatures: plain(),
  getPrincipal: plain(),
  listAudit: plain(),
  listPlugins: plain(),
  listRunnerPlugins: plain(),
  listPluginSources: plain(),
  listPluginPolicies: plain(),
} satisfies Partial<Record<OperationId, AccessCase>>;

export default CASES;
