import { InputError } from '@rat/domain';

/** The number of a version in a path. Throws InputError. */
export function parseVersion(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InputError('version must be a whole number from 1');
  return Number(text);
}
