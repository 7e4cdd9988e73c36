import { eventually, type Fleet } from '@rat/testing';
import { openSdkClient, type Body, type SdkClient } from './sdk-client.ts';

export const json = (body: object) => ({ json: body });

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
  upload: (zone: string, kind: 'files' | 'samples', name: string, content: string) => Promise<void>;
}

export function openTutorial(fleet: Fleet): Tutorial {
  const client = openSdkClient(fleet.apis[0]?.url ?? '');
  const { call } = client;
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
        return ['success', 'failed', 'cancelled'].includes(status);
      });
      return call('GET', `/api/v1/runs/${started.run_id}`);
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
