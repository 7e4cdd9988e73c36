import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { test } from '@jest/globals';
import { eventually } from '@rat/testing';

const PROGRAM = fileURLToPath(new URL('../bin/rat.mjs', import.meta.url));

/** Where npm has put `rat`. */
const COMMANDS = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url));

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
  // A piece may end within a character.
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8');
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { ended, out: () => out, err: () => err, kill: (signal) => child.kill(signal) };
}

interface OpenTerminal {
  child: ChildProcess & { stdin: NodeJS.WritableStream };
  ended: Promise<number | null>;
  screen: () => string;
  /** Waits until the screen has shown the text, so many times. */
  shows: (text: string, times?: number) => Promise<unknown>;
}

/** Starts `rat` in a terminal of its own. */
export function startInTerminal(
  args: readonly string[],
  place: Place,
  more: Record<string, string> = {},
): OpenTerminal {
  return openTerminal([process.execPath, PROGRAM, ...args], place, more);
}

/** Starts a shell in a terminal of its own, where `rat` is a command. */
export function startShell(words: readonly string[], place: Place): OpenTerminal {
  const path = `${dirname(process.execPath)}:${env['PATH']}`;
  return openTerminal(words, place, {
    PATH: `${COMMANDS}:${path}`,
    HOME: place.folder,
    TERM: 'dumb',
  });
}

function openTerminal(
  words: readonly string[],
  { url, folder }: Place,
  more: Record<string, string> = {},
): OpenTerminal {
  // Without `exec`, the shell around the command would take Ctrl-C for its own end too.
  const command = ['exec', ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command.replace("'exec'", 'exec'), '/dev/null'], {
    env: { PATH: env['PATH'], RAT_API_URL: url, XDG_CONFIG_HOME: folder, ...more },
  });
  let screen = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk) => (screen += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const shows: OpenTerminal['shows'] = (text, times = 1) =>
    eventually(
      `the screen shows ${text}`,
      () => {
        if (screen.split(text).length <= times) throw new Error(screen);
        return true;
      },
      30_000,
    );
  return { child, ended, screen: () => screen, shows };
}
