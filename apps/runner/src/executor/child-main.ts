import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { parentMessage, type ChildMessage, type ExecuteCommand } from '@rat/contracts';
import { executeRun, type ResolvedInputs, type WantedInputs } from './execute-run.ts';

/*
 * The executor child: a process that executes one run at a time and knows its parent only. It is forked without the
 * runner's environment, and ends when the channel to its parent does, so no run outlives the runner that owns it.
 */

/** The run in hand. */
interface Current {
  abort: AbortController;
  /** Set while the child waits for the files of its inputs. */
  onInputs: ((inputs: ResolvedInputs) => void) | undefined;
}

let current: Current | undefined;

function send(message: ChildMessage): void {
  process.send?.(message);
}

function report(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`);
}

async function execute(command: ExecuteCommand): Promise<void> {
  const run: Current = { abort: new AbortController(), onInputs: undefined };
  current = run;
  const outcome = await executeRun(
    command,
    {
      onLog: send,
      onPhase: send,
      resolveInputs: (wanted) => askParent(run, wanted),
      onDefect: report,
    },
    run.abort.signal,
  );
  current = undefined;
  const { kind, ...rest } = outcome;
  // The outcome's `kind` is the message's `type`; the fields are the same.
  send({ type: kind, ...rest } as ChildMessage);
}

function askParent(run: Current, wanted: WantedInputs): Promise<ResolvedInputs> {
  const { signal } = run.abort;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    run.onInputs = resolve;
    send({ type: 'resolve', ...wanted });
  });
}

function onMessage(raw: unknown): void {
  const message = parentMessage.parse(raw);
  switch (message.type) {
    case 'execute':
      if (current) throw new Error('told to execute while a run is in hand');
      execute(message).catch(die);
      return;
    case 'inputs':
    case 'refuse':
      current?.onInputs?.(message);
      return;
    case 'interrupt':
      // It may cross the run's own end on the way; then there is nothing to stop.
      current?.abort.abort();
      return;
  }
}

/** Without tidying up: DuckDB may be at work on its own threads, and an orderly exit would wait for them. */
function die(error?: unknown): never {
  if (error !== undefined) report(error);
  process.kill(process.pid, error === undefined ? 'SIGKILL' : 'SIGABRT');
  throw new Error('unreachable');
}

process.on('message', (raw) => {
  try {
    onMessage(raw);
  } catch (error) {
    die(error);
  }
});
process.on('disconnect', () => die());
// Ctrl+C reaches the whole group; the runner decides what becomes of its runs.
process.on('SIGINT', () => undefined);

// A machine short of memory shall lose a run before it loses the runner. Only Linux has the file.
writeFile('/proc/self/oom_score_adj', '500').catch(() => undefined);

send({ type: 'ready' });
