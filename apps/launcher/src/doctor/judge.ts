import type { RedisFacts } from '@rat/queue';
import { failed, ok, skipped, type Check } from './check.ts';

const MB = 1024 * 1024;

/** The oldest Node that package.json allows. */
const NODE = [20, 19];
/** The oldest that the library of the queue takes. */
const REDIS_MAJOR = 5;
/** Leases and schedules compare times of several machines. */
const CLOCK_MS = 2_000;
const FREE_BYTES = 1024 * MB;
const ADMIN_TOKEN = /^[\x21-\x7e]{32,1000}$/;

export function judgeNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > (NODE[0] ?? 0) || (major === NODE[0] && minor >= (NODE[1] ?? 0));
  return isEnough
    ? ok('node', version)
    : failed('node', version, `install Node ${NODE.join('.')} or later`);
}

/** Who holds the port of the API. */
export function judgePort(
  { host, port }: { host: string; port: number },
  holder: 'nobody' | 'this API' | 'another program' | 'no such address',
): Check {
  const at = `${host}:${port}`;
  switch (holder) {
    case 'nobody':
      return ok('port', `${at} is free`);
    case 'this API':
      return ok('port', `${at} answers as the API of RAT Runs`);
    case 'another program':
      return failed('port', `${at} is taken by another program`, 'set PORT to a free one');
    case 'no such address':
      return failed('port', `this machine has no address ${host}`, 'set HOST to one that it has');
  }
}

export function judgeRedis(facts: RedisFacts): Check {
  const { version, maxmemoryPolicy } = facts;
  if (Number.parseInt(version, 10) < REDIS_MAJOR) {
    return failed('redis', `version ${version}`, `use Redis ${REDIS_MAJOR} or later`);
  }
  if (maxmemoryPolicy === undefined) {
    return ok(
      'redis',
      `${version}; it does not show its maxmemory-policy, which must be noeviction`,
    );
  }
  return maxmemoryPolicy === 'noeviction'
    ? ok('redis', `${version}, maxmemory-policy noeviction`)
    : failed(
        'redis',
        `maxmemory-policy is ${maxmemoryPolicy}, so Redis may remove tickets`,
        'set maxmemory-policy to noeviction in its configuration',
      );
}

export function judgeClock(differenceMs: number): Check {
  const seconds = `${(Math.abs(differenceMs) / 1000).toFixed(1)} s`;
  return Math.abs(differenceMs) <= CLOCK_MS
    ? ok('clock', `${seconds} from that of the database`)
    : failed(
        'clock',
        `${seconds} ${differenceMs > 0 ? 'behind' : 'ahead of'} that of the database`,
        'synchronise the clocks of both machines, for example with chrony',
      );
}

/** A folder of the installation. `error`: the code with which a write failed. */
export interface FolderFacts {
  path: string;
  error: string | undefined;
  freeBytes: number | undefined;
}

export function judgeFolder(
  name: string,
  { path, error, freeBytes }: FolderFacts,
  variable: string,
): Check {
  if (error !== undefined) {
    return failed(
      name,
      `${path} takes no file (${error})`,
      `make it writable for the user of the runners, or set ${variable} to another folder`,
    );
  }
  if (freeBytes === undefined) return ok(name, `${path} is writable`);
  const free = `${Math.floor(freeBytes / MB)} MB free`;
  return freeBytes < FREE_BYTES
    ? failed(name, `${path} has ${free}`, `free some space: at least ${FREE_BYTES / MB} MB`)
    : ok(name, `${path} is writable, ${free}`);
}

export function judgeSignIn(facts: {
  host: string;
  isLoopback: boolean;
  adminToken: string | undefined;
  /** The identity provider, which turns sign-in on. */
  issuer: string | undefined;
  /** Whether a token was ever made; undefined where no database shows it. */
  hasTokens: boolean | undefined;
}): Check {
  const { host, isLoopback, adminToken, issuer, hasTokens } = facts;
  if (adminToken !== undefined && !ADMIN_TOKEN.test(adminToken)) {
    return failed(
      'sign-in',
      'RAT_ADMIN_TOKEN can be guessed, or has a space',
      'make one of at least 32 printable ASCII characters: openssl rand -hex 32',
    );
  }
  if (adminToken !== undefined || issuer !== undefined || hasTokens === true) {
    return ok('sign-in', 'on');
  }
  if (isLoopback) return ok('sign-in', `off; ${host} is reached from this machine only`);
  return failed(
    'sign-in',
    `off, and other machines reach ${host}`,
    'set RAT_ADMIN_TOKEN or RAT_ADMIN_TOKEN_FILE, or set HOST to 127.0.0.1',
  );
}

/** Live runners, each with whether its endpoint takes a connection from here. */
export function judgeRunners(runners: readonly { id: string; isReachable: boolean }[]): Check {
  if (runners.length === 0) {
    return failed('runners', 'no runner is alive', 'start one: npm run runner');
  }
  const lost = runners.filter(({ isReachable }) => !isReachable).map(({ id }) => id);
  if (lost.length === 0) return ok('runners', `${runners.length} alive, all reachable`);
  return failed(
    'runners',
    `${lost.join(', ')} cannot be reached from here`,
    'set RAT_RUNNER_API_HOST of these runners to an address that the machines of the API reach',
  );
}

/** What is skipped while no database can be looked at. */
export function skipWithoutDatabase(reason: string): Check[] {
  return ['migrations', 'clock', 'runners'].map((name) => skipped(name, reason));
}
