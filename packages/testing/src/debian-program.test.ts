import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { findForSuite, findProgram, type DebianProgram } from './debian-program.ts';

const NOWHERE: DebianProgram = {
  names: ['no-such-program-anywhere'],
  versionFlag: '--version',
  debianPackage: 'no-such-package',
};
const HERE: DebianProgram = { ...NOWHERE, names: [...NOWHERE.names, process.execPath] };

let before: string | undefined;
beforeEach(() => {
  before = process.env['CI'];
});
afterEach(() => {
  if (before === undefined) delete process.env['CI'];
  else process.env['CI'] = before;
});

test('under CI, a suite without its program fails and names the package to install', async () => {
  process.env['CI'] = 'true';
  await expect(findForSuite(NOWHERE)).rejects.toThrow('there is no no-such-package');
});

test('outside CI, a suite without its program is skipped, and the output names it', async () => {
  delete process.env['CI'];
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await findForSuite(NOWHERE)).toBeUndefined();
    expect(write.mock.calls.join()).toContain('SKIPPED. Install no-such-package');
  } finally {
    write.mockRestore();
  }
});

test('a program that runs under one of its names is found, under CI and elsewhere', async () => {
  for (const ci of ['true', '']) {
    process.env['CI'] = ci;
    expect(await findForSuite(HERE)).toBe(process.execPath);
  }
  expect(await findProgram(HERE)).toBe(process.execPath);
});
