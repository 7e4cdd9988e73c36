import { KEY_NAMES, KEYS, type KeyName } from './key-names.ts';

/** One press of a key, as far as it matters. */
export interface Press {
  key: string;
  hasControl: boolean;
  hasAlt: boolean;
  /** Whether the press writes into a field. */
  isTyping: boolean;
  /** The key that was pressed before, if it begins a sequence. */
  begun: string | undefined;
}

/** What a press means: a key of the console, the begin of a sequence such as `g r`, or nothing of ours. */
export type Reading =
  | { kind: 'key'; name: KeyName }
  | { kind: 'begun'; by: string }
  | { kind: 'none' };

const NONE: Reading = { kind: 'none' };

/**
 * Reads one press. A sequence has no time limit: after `g`, the next key completes it or ends it, so that a slow `g r` is
 * never the `r` that runs a pipeline again.
 */
export function readKey(press: Press, areSinglesOn: boolean): Reading {
  const { key, hasControl, hasAlt, isTyping, begun } = press;
  if (hasAlt) return NONE;
  if (hasControl) return named(`Ctrl-${key.toUpperCase()}`);
  if (isTyping || !areSinglesOn) return NONE;
  if (begun !== undefined) return named(`${begun} ${key}`);
  const isBegin = KEY_NAMES.some((name) => KEYS[name].keys.startsWith(`${key} `));
  return isBegin ? { kind: 'begun', by: key } : named(key);
}

function named(keys: string): Reading {
  const name = KEY_NAMES.find((one) => KEYS[one].keys === keys);
  return name === undefined ? NONE : { kind: 'key', name };
}
