import type { RatClient } from '@rat/client';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { addressOf, formatTime } from '../format.ts';
import type { Commands } from './command.ts';

/** Commands about the installation: runners, status, doctor, api. */
export function addSystemCommands(program: Command, commands: Commands): void {
  program.command('runners').action(
    commands.action<object, []>(async (context) => {
      const { runners } = await context.rat.runners.list();
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
        terminal.data(`${runners.length} runners with ${used} of ${slots} slots in use`);
      });
    }),
  );

  program.command('doctor').action(commands.action<object, []>(examine));

  program
    .command('api')
    .argument('<path>', 'such as /api/v1/runs?limit=1')
    .action(
      commands.action<object, [string]>(async ({ url, token, terminal }, _, path) => {
        if (!path.startsWith('/'))
          throw new CliError('the path begins with a slash, such as /api/v1/runs');
        const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const answer = await fetch(url + path, { headers });
        terminal.data(await answer.text());
        if (answer.status === 404) return EXIT.notFound;
        return answer.ok ? EXIT.success : EXIT.refused;
      }),
    );
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
