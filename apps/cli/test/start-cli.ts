import { spawn, type ChildProcess } from 'node:child_process';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { test } from '@jest/globals';
import { eventually } from '@rat/testing';

const PROGRAM = fileURLToPath(new URL('../bin/rat.mjs', import.meta.url));

/** `script` gives a program a terminal; that of other systems has other options. */
export const onLinux = process.platform === 'linux' ? test : test.skip;

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface Running {
  ended: Promise<Ended>;
  out: () => string;
  err: () => string;
  kill: (signal: NodeJS.Signals) => void;
}

interface Place {
  /** Where the API listens. */
  url: string;
  /** Where the program keeps its settings. */
  folder: string;
}

/** Starts `rat` without a terminal. */
export function startCli(
  args: readonly string[],
  { url, folder, input = '', more = {} }: Place & { input?: string; more?: Record<string, string> },
): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: env['PATH'], RAT_API_URL: url, XDG_CONFIG_HOME: folder, TZ: 'UTC', ...more },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { ended, out: () => out, err: () => err, kill: (signal) => child.kill(signal) };
}

/** Starts `rat` in a terminal of its own. */
export function startInTerminal(
  args: readonly string[],
  { url, folder }: Place,
): {
  child: ChildProcess & { stdin: NodeJS.WritableStream };
  ended: Promise<number | null>;
  screen: () => string;
  /** Waits until the screen has shown the text. */
  shows: (text: string) => Promise<unknown>;
} {
  // Without `exec`, the shell around the command would take Ctrl-C for its own end too.
  const command = ['exec', process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command.replace("'exec'", 'exec'), '/dev/null'], {
    env: { PATH: env['PATH'], RAT_API_URL: url, XDG_CONFIG_HOME: folder },
  });
  let screen = '';
  child.stdout.on('data', (chunk) => (screen += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const shows = (text: string): Promise<unknown> =>
    eventually(
      `the screen shows ${text}`,
      () => {
        if (!screen.includes(text)) throw new Error(screen);
        return true;
      },
      30_000,
    );
  return { child, ended, screen: () => screen, shows };
}
