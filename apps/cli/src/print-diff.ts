import type { Terminal } from './terminal.ts';

/** What changed from one content of a pipeline to another, as the API answers it. */
interface ContentDiff {
  files: { path: string; status: string; diff: string; settings: SettingChange[] }[];
  config: SettingChange[];
}

interface SettingChange {
  key: string;
  from?: unknown;
  to?: unknown;
}

/** Prints a unified diff, coloured on a terminal. */
export function printDiff(terminal: Terminal, diff: string): void {
  for (const line of diff.trimEnd().split('\n')) {
    const colour = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'dim';
    terminal.data(terminal.paintData(colour, line));
  }
}

/** Prints what differs between two contents of a pipeline. Returns whether anything does. */
export function printContentDiff(terminal: Terminal, { files, config }: ContentDiff): boolean {
  for (const { path, status, diff, settings } of files) {
    if (diff === '') terminal.data(`${status} ${path}`);
    else printDiff(terminal, diff);
    printSettings(terminal, path, settings);
  }
  printSettings(terminal, 'setting', config);
  return files.length + config.length > 0;
}

function printSettings(terminal: Terminal, of: string, changes: readonly SettingChange[]): void {
  for (const { key, from, to } of changes) {
    if (isSet(from)) terminal.data(terminal.paintData('red', `- ${of} ${key}: ${toText(from)}`));
    if (isSet(to)) terminal.data(terminal.paintData('green', `+ ${of} ${key}: ${toText(to)}`));
  }
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
