import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATIONS, type Operation, type OperationId } from '@rat/contracts';
import { includesRole, ROLES } from '@rat/domain';
import type { Router } from 'express';
import type { AccessCase } from './access-case.ts';
import automation from './access-cases-of-automation.ts';
import data from './access-cases-of-data.ts';
import installation from './access-cases-of-installation.ts';
import pipelines from './access-cases-of-pipelines.ts';
import runs from './access-cases-of-runs.ts';
import { AccessWorld, type Answered, type Prepared, type Sender } from './access-world.ts';
import { openApi } from './api-fixture.ts';

/** A request for every operation: a new operation without one does not compile. */
const CASES: Record<OperationId, AccessCase> = {
  ...runs,
  ...pipelines,
  ...data,
  ...automation,
  ...installation,
};

const OPERATION_LIST = Object.entries(OPERATIONS) as [OperationId, Operation][];

/** Those whose right has ended were admins, and the one of another namespace is the admin of that. */
const SENDERS = ['nobody', 'revoked', 'expired', 'elsewhere', ...ROLES] as const;
type SenderName = (typeof SENDERS)[number];

let world: AccessWorld;
const authorization = {} as Record<SenderName, Sender>;

beforeAll(async () => {
  world = await AccessWorld.open();
  for (const role of ROLES) authorization[role] = await world.token(role);
  authorization.nobody = undefined;
  authorization.revoked = await world.token('admin', { revoked_at: 'now()' });
  authorization.expired = await world.token('admin', {
    expires_at: "now() - interval '1 second'",
  });
  await world.do('post', '/namespaces', { body: { name: 'elsewhere' } });
  authorization.elsewhere = await world.token('admin', { namespaces: "ARRAY['elsewhere']" });
  await Promise.all([world.success(), world.quarantine()]);
}, 120_000);
afterAll(() => world.close());

/**
 * The documented status: the tables of roles and of refusals in docs/security.md, over the access that the operation declares.
 */
function documented(id: OperationId, sender: SenderName): number {
  const { access }: Operation = OPERATIONS[id];
  const { succeeds, elsewhere } = CASES[id];
  if (access === 'anyone') return succeeds;
  switch (sender) {
    case 'nobody':
    case 'revoked':
    case 'expired':
      return 401;
    case 'elsewhere':
      if (elsewhere !== undefined) return elsewhere;
      if (access.namespace === 'all') return 403;
      return access.namespace === 'none' || access.namespace === 'shown' ? succeeds : 404;
    default:
      return includesRole(sender, access.role) ? succeeds : 403;
  }
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 404;
}

describe.each(OPERATION_LIST)('%s', (id, operation) => {
  test('answers every kind of caller exactly as documented, and a refused request changes nothing', async () => {
    const { prepare, succeeds } = CASES[id];
    expect(Object.keys(operation.answers)).toContain(String(succeeds));
    const isRead = operation.method === 'get' || operation.changesNothing === true;
    const refused = SENDERS.filter((sender) => isRefusal(documented(id, sender)));
    const allowed = SENDERS.filter((sender) => !isRefusal(documented(id, sender)));
    const answers: Partial<Record<SenderName, Answered>> = {};
    const send = async (sender: SenderName, request: Prepared): Promise<void> => {
      answers[sender] = await world.send(operation, request, authorization[sender]);
    };
    // The refused requests go first, about the thing that the first allowed one then finds unchanged.
    const [firstAllowed = 'nobody'] = allowed;
    const first = await prepare(world, authorization[firstAllowed]);
    await Promise.all(refused.map((sender) => send(sender, first)));
    for (const [index, sender] of allowed.entries()) {
      await send(
        sender,
        index === 0 || isRead ? first : await prepare(world, authorization[sender]),
      );
    }
    const shown = SENDERS.map((sender) => {
      const { status = 0, message = '' } = answers[sender] ?? {};
      return [sender, status, status < 300 ? '' : message];
    });
    const wanted = SENDERS.map((sender) => {
      const status = documented(id, sender);
      return [sender, status, status < 300 ? '' : expect.any(String)];
    });
    expect(shown).toEqual(wanted);
    for (const sender of refused) {
      const is401 = documented(id, sender) === 401;
      const invalid = sender === 'nobody' ? '' : ', error="invalid_token"';
      expect(answers[sender]?.challenge).toBe(is401 ? `Bearer realm="rat"${invalid}` : null);
    }
  }, 30_000);
});

/** The only route that is no operation: it sends browsers to the console, and everybody else on. */
const PAGE = 'get /';

test('the router has no route that is not a declared operation, and has each of these once', async () => {
  const api = await openApi({ adminToken: 'the-token-of-the-environment-0123456789' });
  try {
    const { stack } = api.app.router as unknown as Router;
    const mounted = stack.flatMap(({ route }) => {
      if (route === undefined) return [];
      const path = route.path.replaceAll(/[:*](\w+)/g, '{$1}');
      return route.stack.flatMap(({ method }) => (method ? [`${method} ${path}`] : []));
    });
    const declared = OPERATION_LIST.map(([, { method, path }]) => `${method} ${path}`);
    expect(mounted.toSorted()).toEqual([PAGE, ...declared].toSorted());
  } finally {
    await api.close();
  }
}, 60_000);
