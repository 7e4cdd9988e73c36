import { eventually, type Fleet } from '@rat/testing';
import { openSdkClient, type Body, type SdkClient } from './sdk-client.ts';

export const json = (body: object) => ({ json: body });

/** How long a run that nobody asks for may take, from what makes it to its end. */
const RUN_MS = 40_000;

const ENDED = ['success', 'failed', 'cancelled'];

export const pathOf = (address: string): string => `/api/v1/pipelines/default/${address}`;

/** The steps of the tutorial, as the portal and the tutorial's curl lines ask for them. An address is `layer/name`. */
export interface Tutorial extends SdkClient {
  create: (address: string) => Promise<void>;
  save: (address: string, sql: string) => Promise<void>;
  preview: (address: string) => Promise<Body>;
  publish: (address: string, message?: string) => Promise<Body>;
  /** Resolves with the ended run. */
  run: (address: string) => Promise<Body>;
  query: (sql: string) => Promise<Body[]>;
  /** Resolves with the new trigger of a pipeline. */
  trigger: (address: string, body: object) => Promise<Body>;
  /** The runs of a pipeline whose `trigger` begins so, the newest first. */
  runsBy: (address: string, trigger: string) => Promise<Body[]>;
  /** Resolves with the newest run of a pipeline whose `trigger` begins so, once it has ended. */
  ranBy: (address: string, trigger: string) => Promise<Body>;
  upload: (zone: string, kind: 'files' | 'samples', name: string, content: string) => Promise<void>;
}

export function openTutorial(fleet: Fleet): Tutorial {
  const client = openSdkClient(fleet.apis[0]?.url ?? '');
  const { call } = client;
  const runsBy: Tutorial['runsBy'] = async (address, trigger) => {
    const [layer, pipeline] = address.split('/');
    const query = `namespace=default&layer=${layer}&pipeline=${pipeline}`;
    const { runs }: Body = await call('GET', `/api/v1/runs?${query}`);
    return runs.filter((one: Body) => one.trigger.startsWith(trigger));
  };
  return {
    ...client,
    create: async (address) => {
      const [layer, name] = address.split('/');
      const body = { namespace: 'default', layer, name, type: 'sql' };
      await call('POST', '/api/v1/pipelines', json(body));
    },
    save: async (address, content) => {
      const path = `/api/v1/files/default/pipelines/${address}/pipeline.sql`;
      await call('PUT', path, json({ content }));
    },
    preview: (address) => call('POST', `${pathOf(address)}/preview`, json({ limit: 100 })),
    publish: (address, message) =>
      call('POST', `${pathOf(address)}/publish`, message === undefined ? {} : json({ message })),
    run: async (address) => {
      const [layer, pipeline] = address.split('/');
      const body = { namespace: 'default', layer, pipeline };
      const started: Body = await call('POST', '/api/v1/runs', json(body));
      await eventually(`the run of ${address} ends`, async () => {
        const status = (await fleet.spy.find(started.run_id))?.status ?? '';
        return ENDED.includes(status);
      });
      return call('GET', `/api/v1/runs/${started.run_id}`);
    },
    trigger: (address, body) => call('POST', `${pathOf(address)}/triggers`, json(body)),
    runsBy,
    ranBy: async (address, trigger) => {
      await eventually(
        `a run of ${address} by ${trigger} ends`,
        async () => ENDED.includes((await runsBy(address, trigger))[0]?.status),
        RUN_MS,
      );
      return (await runsBy(address, trigger))[0];
    },
    query: async (sql) => {
      const body = { sql, namespace: '', limit: 1000 };
      const answer: Body = await call('POST', '/api/v1/query', json(body));
      return answer.rows;
    },
    upload: async (zone, kind, name, content) => {
      const path = `/api/v1/landing-zones/default/${zone}/${kind}`;
      await call('POST', path, { form: { file: { name, content } } });
    },
  };
}
