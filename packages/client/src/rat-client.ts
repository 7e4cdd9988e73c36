import type { AnswerOf, QueryOf } from '@rat/contracts';
import type { FollowOptions } from './follow-stream.ts';
import { makeResource, type Resource } from './methods.ts';
import { ROUTES, type MethodOperations } from './operations.gen.ts';
import {
  followFeed,
  followRun,
  followRunInBatches,
  type FeedEvent,
  type RunEvent,
  type RunEventsQuery,
} from './run-events.ts';
import { type ClientOptions, Sender } from './send.ts';

/** What a client can do with runs. */
export interface Runs extends Resource<'runs'> {
  /**
   * The events of a run until its `end`, live or from its archive. They resume after a lost connection, without a gap or a
   * double; the log of a stream without a filter is verified by its SHA-256.
   */
  events: (id: string, query?: RunEventsQuery, options?: FollowOptions) => AsyncGenerator<RunEvent>;
  /** The same events, as many at a time as have arrived: for a reader of long logs. */
  eventBatches: (
    id: string,
    query?: RunEventsQuery,
    options?: FollowOptions,
  ) => AsyncGenerator<readonly RunEvent[]>;
  /** Resolves with the run once it has ended, with any status. */
  wait: (id: string, options?: FollowOptions) => Promise<AnswerOf<'getRun'>>;
}

type Resources = { readonly [Name in keyof MethodOperations]: Resource<Name> };

/** The resources of the contract, and the feed of all runs. */
export interface RatClient extends Omit<Resources, 'runs'> {
  readonly runs: Runs;
  /** The status changes of all runs from now on, or after an event. It resumes, and it ends by `options.signal` alone. */
  events: (query?: QueryOf<'streamEvents'>, options?: FollowOptions) => AsyncGenerator<FeedEvent>;
}

// Each key of the object has the type of its keys.
const NAMES = Object.keys(ROUTES) as (keyof typeof ROUTES)[];

/**
 * A client of the API, for Node and browsers. A method takes the parameters of the path, the body and the query of its
 * operation, then options. It sends a request again where the operation allows it, and throws a RatError.
 *
 * @example
 * const rat = new RatClient({ baseUrl: 'http://127.0.0.1:8080' });
 * const { run_id } = await rat.runs.create({ namespace: 'default', layer: 'gold', pipeline: 'daily' });
 * for await (const { event, data } of rat.runs.events(run_id)) console.log(event, data);
 */
export const RatClient = class {
  constructor(options: ClientOptions) {
    const sender = new Sender(options);
    const resources = NAMES.map((name) => [name, makeResource(sender, name)]);
    // The generated types and routes have the same keys.
    const made = Object.fromEntries(resources) as Resources;
    const events: Runs['events'] = (id, query = {}, follow = {}) =>
      followRun(sender, { id, query, options: follow });
    const eventBatches: Runs['eventBatches'] = (id, query = {}, follow = {}) =>
      followRunInBatches(sender, { id, query, options: follow });
    const wait: Runs['wait'] = async (id, follow) => {
      // The lines that are left out cost nothing.
      for await (const { event } of events(id, { level: 'error' }, follow))
        if (event === 'end') break;
      return made.runs.get(id, { signal: follow?.signal });
    };
    const client: RatClient = {
      ...made,
      runs: { ...made.runs, events, eventBatches, wait },
      events: (query = {}, follow = {}) => followFeed(sender, { query, options: follow }),
    };
    Object.assign(this, client);
  }
} as new (options: ClientOptions) => RatClient;
