import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** What a line of the watching compiler means to us: a build that succeeded, one that failed, or an error to show. */
export type BuildLine = 'built' | 'failed' | 'error' | 'other';

export function readBuildLine(line: string): BuildLine {
  const found = /\bFound (\d+) errors?\b/.exec(line);
  if (found !== null) return found[1] === '0' ? 'built' : 'failed';
  return /\berror TS\d+: /.test(line) ? 'error' : 'other';
}

/**
 * Compiles all rooms at each change of a source file. Resolves after the first build, with how to end the compiler. Calls
 * `onBuilt` after each later build without errors; its calls do not overlap.
 */
export async function watchBuild(options: {
  onBuilt: () => Promise<void>;
  say: (line: string) => void;
}): Promise<() => Promise<void>> {
  const { onBuilt, say } = options;
  const flags = ['-b', 'apps', '--watch', '--preserveWatchOutput', '--pretty', 'false'];
  const child = spawn(process.execPath, [COMPILER, ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own: the compiler is a second process below this one, and both must end.
    detached: process.platform !== 'win32',
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let isStopping = false;
  child.once('exit', () => {
    if (!isStopping) say('the compiler ended by itself: changes are not built any more');
  });
  const build = onePerTime(onBuilt);
  let isFirst = true;
  let settle: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    settle = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const meaning = readBuildLine(line);
    if (meaning === 'error') say(line);
    if (meaning === 'failed') say('build … failed; the services go on with the last good build');
    if (meaning === 'built' && !isFirst) build();
    if (meaning === 'built' || meaning === 'failed') {
      isFirst = false;
      settle();
    }
  });
  await Promise.race([first, ended]);
  return async () => {
    isStopping = true;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGTERM');
    }
    await ended;
  };
}

/** Runs `work`. Calls that arrive while it runs cause one more run after it, however many they are. */
function onePerTime(work: () => Promise<void>): () => void {
  let isBusy = false;
  let isWanted = false;
  const run = async (): Promise<void> => {
    isBusy = true;
    while (isWanted) {
      isWanted = false;
      await work();
    }
    isBusy = false;
  };
  return () => {
    isWanted = true;
    if (!isBusy) void run();
  };
}
