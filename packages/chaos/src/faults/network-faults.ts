import { noteFault, wait, type Turn } from '../turn.ts';
import type { Link } from '../service-slot.ts';
import type { InjectFault } from './fault.ts';

/** Silently drops all traffic between a service and Postgres or Redis. */
export async function blackholeLink(turn: Turn): Promise<void> {
  const { name, proxy } = pickLink(turn);
  noteFault(turn, `blackhole ${name}`);
  proxy.blackhole();
  try {
    await wait(turn, 2_000, 9_000);
  } finally {
    await proxy.heal();
  }
}

/** Refuses a service's connections to Postgres or Redis. */
export async function refuseLink(turn: Turn): Promise<void> {
  const { name, proxy } = pickLink(turn);
  noteFault(turn, `refuse ${name}`);
  await proxy.refuse();
  try {
    await wait(turn, 1_000, 8_000);
  } finally {
    await proxy.heal();
  }
}

/** Refuses every connection of the services to Postgres and Redis, and of clients to the APIs, for so long. */
export function cutEverything(ms: number): InjectFault {
  return async (turn) => {
    const { links, doors } = turn.installation;
    noteFault(turn, `every connection refused for ${ms / 1_000} s`);
    const all = [...links('postgres'), ...links('redis'), ...doors];
    await Promise.all(all.map(({ proxy }) => proxy.refuse()));
    try {
      await wait(turn, ms, ms);
    } finally {
      await Promise.all(all.map(({ proxy }) => proxy.heal()));
    }
  };
}

/** Cuts the clients' connections, and with them answers to requests that took effect. */
export async function cutClients(turn: Turn): Promise<void> {
  const { name, proxy } = turn.random.pick(turn.installation.doors);
  const how = turn.random.pick(['reset', 'blackhole', 'refuse'] as const);
  noteFault(turn, `${how} ${name}`);
  if (how === 'reset') {
    proxy.kill();
    return;
  }
  if (how === 'blackhole') proxy.blackhole();
  else await proxy.refuse();
  try {
    await wait(turn, 500, 4_000);
  } finally {
    await proxy.heal();
  }
}

function pickLink({ installation, random }: Turn): Link {
  return random.pick([...installation.links('postgres'), ...installation.links('redis')]);
}
