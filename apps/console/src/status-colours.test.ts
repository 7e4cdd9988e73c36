import { describe, expect, test } from '@jest/globals';
import { converter, differenceCiede2000, parse, wcagContrast, type Color } from 'culori';
import { readFileSync } from 'node:fs';

const STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled', 'quarantined'] as const;
/** Two colours that differ less are taken for one by some people. */
const DIFFERENCE_MIN = 11.8;
/** WCAG 2.2 AA, for text. */
const CONTRAST_MIN = 4.5;

/**
 * What people without one kind of cone see: a matrix over linear red, green and blue (Machado, Oliveira and
 * Fernandes, 2009, severity 1).
 */
const SIGHTS: Record<string, readonly (readonly [number, number, number])[]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const toLinear = converter('lrgb');

function seenBy(matrix: (typeof SIGHTS)[string], colour: Color): Color {
  const { r, g, b } = toLinear(colour);
  const [red = 0, green = 0, blue = 0] = matrix.map(([x, y, z]) =>
    Math.min(1, Math.max(0, x * r + y * g + z * b)),
  );
  return { mode: 'lrgb', r: red, g: green, b: blue };
}

const tokens = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function colourOf(name: string, theme: 'light' | 'dark'): Color {
  const [, light, dark] =
    new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(tokens) ?? [];
  const colour = parse((theme === 'light' ? light : dark) ?? '');
  if (colour === undefined) throw new Error(`tokens.css has no colour --${name}`);
  return colour;
}

describe.each(['light', 'dark'] as const)('the colours of the statuses, %s', (theme) => {
  test.each(Object.entries(SIGHTS))('any two differ in %s sight', (_, matrix) => {
    const difference = differenceCiede2000();
    const tooClose = STATUSES.flatMap((one, index) =>
      STATUSES.slice(index + 1)
        .map((other) => ({
          pair: `${one}, ${other}`,
          by: difference(
            seenBy(matrix, colourOf(one, theme)),
            seenBy(matrix, colourOf(other, theme)),
          ),
        }))
        .filter(({ by }) => by < DIFFERENCE_MIN),
    );
    expect(tooClose).toEqual([]);
  });

  test.each(STATUSES)('%s can be read on the ground', (status) => {
    const contrast = wcagContrast(colourOf(status, theme), colourOf('ground', theme));
    expect(contrast).toBeGreaterThanOrEqual(CONTRAST_MIN);
  });
});
