import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';

jest.setTimeout(60_000);

const COMMANDS = {
  apply: 'apply',
  backup: 'backup',
  'db-migration': 'db:migration',
  'db-reset': 'db:reset',
  doctor: 'doctor',
  maintain: 'maintain',
  pull: 'pull',
  restore: 'restore',
  seed: 'seed',
};

function start(
  program: string,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const file = fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url));
  return new Promise((resolve) => {
    // Without any setting: a help must not need one.
    execFile(process.execPath, [file, ...args], { env: {} }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

test.each(Object.entries(COMMANDS))(
  '%s --help shows how to use it, and does nothing',
  async (program, script) => {
    const { code, out, err } = await start(program, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`usage: npm run ${script} -- `);
  },
);

test('an unknown option is refused with the usage', async () => {
  const { code, out, err } = await start('backup', '--form', '/x');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain("'--form'");
  expect(err).toContain('usage: npm run backup -- --to FOLDER');
});
