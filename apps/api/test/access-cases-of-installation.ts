import type { OperationId } from '@rat/contracts';
import { listed, on, plain, type AccessCase } from './access-case.ts';
import type { AccessWorld, Prepared, Sender } from './access-world.ts';

const ofDefault = (world: AccessWorld) => ({
  name: world.next('robot'),
  role: 'viewer',
  namespaces: ['default'],
});

async function token(world: AccessWorld): Promise<Prepared> {
  const { id } = await world.do('post', '/tokens', { body: ofDefault(world) });
  return { path: { id: String(id) } };
}

const viewOfDefault = (world: AccessWorld) => ({
  name: world.next('view'),
  screen: 'runs',
  query: { ns: 'default' },
});

/** A view that only the sender sees. */
async function ownView(world: AccessWorld, sender: Sender): Promise<Prepared> {
  const place = { method: 'post', path: '/api/v1/views' };
  const { body } = await world.send(place, { body: viewOfDefault(world) }, sender);
  return { path: { id: String(body['id']) } };
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
  listViews: plain(),
  createView: on(201, (world) => ({ body: viewOfDefault(world) })),
  getView: on(200, async (world) => {
    const body = { ...viewOfDefault(world), shared: true };
    const { id } = await world.do('post', '/views', { body });
    return { path: { id: String(id) } };
  }),
  putView: on(200, async (world, sender) => ({
    ...(await ownView(world, sender)),
    body: { name: world.next('view') },
  })),
  deleteView: on(204, ownView),
  getIndex: plain(),
  getHealth: plain(),
  getLiveness: plain(),
  getReadiness: plain(),
  getMetrics: plain(),
  getOpenApi: plain(),
  getFeatures: plain(),
  getPrincipal: plain(),
  listAudit: listed(),
  listPlugins: plain(),
  listRunnerPlugins: plain(),
  listPluginSources: plain(),
  listPluginPolicies: plain(),
} satisfies Partial<Record<OperationId, AccessCase>>;

export default CASES;
