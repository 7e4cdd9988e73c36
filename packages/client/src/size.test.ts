import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { build, type Metafile } from 'esbuild';

const CODE_BYTES = 5 * 1024;
/** The routes are a line an operation, so they grow with the API. */
const WHOLE_BYTES = 8 * 1024;

async function bundle(external: string[]): Promise<{ bytes: number; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    external,
  });
  return { bytes: gzipSync(outputFiles[0]?.contents ?? '').length, metafile };
}

test('the client is at most 5 KiB of code beside its routes, and 8 KiB with them', async () => {
  const code = await bundle(['./operations.gen.ts']);
  const whole = await bundle([]);
  expect(code.bytes).toBeGreaterThan(1024);
  expect(code.bytes).toBeLessThanOrEqual(CODE_BYTES);
  expect(whole.bytes).toBeGreaterThan(code.bytes);
  expect(whole.bytes).toBeLessThanOrEqual(WHOLE_BYTES);
});

test('the client needs no other package at run time', async () => {
  const { metafile } = await bundle([]);
  const outside = Object.keys(metafile.inputs).filter((path) => !path.includes('packages/client/'));
  expect(outside).toEqual([]);
});
