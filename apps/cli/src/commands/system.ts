import { ConnectionError, type RatClient } from '@rat/client';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { addressOf, formatCount, formatTime } from '../format.ts';
import type { Commands } from './command.ts';

/** Commands about the installation: runners, pools, status, doctor, api. */
export function addSystemCommands(program: Command, commands: Commands): void {
  program.command('runners').action(
    commands.action<object, []>(async (context) => {
      const { rat, terminal } = context;
      const [{ runners }, { pools }] = await Promise.all([rat.runners.list(), rat.pools.list()]);
      context.list(runners, {
        id: ({ id }) => id,
        head: ['runner', 'host', 'pools', 'slots', 'heartbeat', 'runs'],
        row: (one) => [
          one.id,
          one.host,
          one.pools.join(','),
          `${one.slots_used}/${one.slots}${one.draining ? ', draining' : ''}`,
          formatTime(one.last_heartbeat_at),
          one.runs.map(addressOf).join(', '),
        ],
        empty: 'no runner is live',
      });
      for (const { name, unserved, waiting } of pools)
        if (unserved) terminal.note(`no runner serves the pool ${name}: ${waitingFor(waiting)}`);
    }),
  );

  program.command('pools').action(
    commands.action<object, []>(async (context) => {
      const { pools } = await context.rat.pools.list();
      context.list(pools, {
        id: ({ name }) => name,
        head: ['pool', 'runners', 'slots', 'waiting', 'oldest since', 'state'],
        row: (pool) => [
          pool.name,
          pool.runners,
          `${pool.slots_used}/${pool.slots}`,
          pool.waiting,
          pool.oldest_waiting_since === null ? '' : formatTime(pool.oldest_waiting_since),
          stateOf(pool),
        ],
        empty: 'no runner is live, and no pipeline or run needs one',
      });
    }),
  );

  program.command('status').action(
    commands.action<object, []>(async (context) => {
      const { rat, terminal } = context;
      const [stats, { runners }] = await Promise.all([rat.runs.stats(), rat.runners.list()]);
      const slots = runners.reduce((sum, one) => sum + one.slots, 0);
      const used = runners.reduce((sum, one) => sum + one.slots_used, 0);
      const { now } = stats;
      context.object({ now, runners: runners.length, slots, slots_used: used }, '', () => {
        terminal.data(`${now.running} running, ${now.pending} waiting`);
        terminal.data(
          `${formatCount(runners.length, 'runner')} with ${used} of ${formatCount(slots, 'slot')} in use`,
        );
      });
    }),
  );

  program.command('doctor').action(commands.action<object, []>(examine));

  program
    .command('api')
    .usage('[options] [GET] <path>')
    .argument('<path...>', 'such as /api/v1/runs?limit=1')
    .action(
      commands.action<object, [string[]]>(async (context, _, words) => {
        const [path = '', ...more] = words[0] === 'GET' ? words.slice(1) : words;
        if (!path.startsWith('/') || more.length > 0)
          throw new CliError(
            'write GET and one path that begins with a slash, such as: rat api GET /api/v1/runs',
          );
        const { status, text } = await send(context, path);
        context.terminal.data(text);
        return exitCodeOfStatus(status);
      }),
    );
}

/** Any answer of the server is data. Throws ConnectionError when there is none. */
async function send(
  { url, token }: CliContext,
  path: string,
): Promise<{ status: number; text: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(url + path, { headers });
    return { status: answer.status, text: await answer.text() };
  } catch (cause) {
    // `fetch failed` has the reason in its cause.
    const { message } =
      (cause as Error).cause instanceof Error
        ? ((cause as Error).cause as Error)
        : (cause as Error);
    throw new ConnectionError(`the API cannot be reached: ${message}`, { cause });
  }
}

function exitCodeOfStatus(status: number): number {
  if (status < 400) return EXIT.success;
  if (status === 400 || status === 422) return EXIT.badInput;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 404) return EXIT.notFound;
  return status >= 500 ? EXIT.unreachable : EXIT.refused;
}

function waitingFor(runs: number): string {
  return runs === 1 ? '1 run waits for it' : `${runs} runs wait for it`;
}

type Pool = Awaited<ReturnType<RatClient['pools']['list']>>['pools'][number];

function stateOf({ unserved, runners }: Pool): string {
  if (unserved) return 'no runner serves it';
  return runners > 0 ? 'served' : 'its runners drain';
}

/** Prints each check with what it found; resolves with the exit code of the first that fails. */
async function examine(context: CliContext): Promise<number> {
  const { rat, terminal, url, tokenSource } = context;
  const { version } = await rat.system.live();
  terminal.data(`✓ the API at ${url} answers, version ${version}`);
  const session = await rat.session.get();
  const source = tokenSource === 'RAT_TOKEN' ? 'RAT_TOKEN' : 'the token of rat login';
  terminal.data(
    session.sign_in
      ? `✓ signed in by ${source} as ${session.name} (${session.role})`
      : '✓ sign-in is off',
  );
  const { status, checks } = await readReadiness(rat);
  for (const [part, check] of Object.entries(checks ?? {})) {
    const live = 'live' in check && check.live !== null ? `, ${check.live} live` : '';
    terminal.data(`${check.status === 'ok' ? '✓' : '✕'} ${part} ${check.status}${live}`);
  }
  return status === 'ok' ? EXIT.success : EXIT.unreachable;
}

type Readiness = Awaited<ReturnType<RatClient['system']['ready']>>;

/** A part that is down is an answer here too, and no error. */
async function readReadiness(rat: RatClient): Promise<Pick<Readiness, 'status' | 'checks'>> {
  const down = { status: 'down' } as const;
  try {
    return await rat.system.ready({ retries: 0 });
  } catch {
    return { ...down, checks: { postgres: down, queue: down, runners: { ...down, live: null } } };
  }
}
