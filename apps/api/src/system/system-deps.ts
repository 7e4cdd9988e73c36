import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { Request } from 'express';
import type { BuildFacts } from './build-facts.ts';

/** Dependencies of the routes of the process itself and of the board. */
export interface SystemDeps {
  db: Database;
  queue: RunQueue;
  log: Logger;
  version: string;
  build: BuildFacts;
  /** Whether the web console is served. */
  hasConsole: boolean;
  /** The identity provider at which people sign in. */
  oidc: object | undefined;
  signIn: {
    /** Whether requests need no token, as far as this process knows. Reads no database. */
    readonly isKnownOff: boolean;
    /** Whether the sender of a request has not signed in, while sign-in is on. */
    isStranger: (
      req: Pick<Request, 'get' | 'host' | 'method' | 'url'>,
      onRejected: () => Promise<void>,
    ) => Promise<boolean>;
  };
  /** Counts a failed sign-in of an address. */
  rates: { countFailure: (req: Pick<Request, 'ip'>) => Promise<void> };
}
