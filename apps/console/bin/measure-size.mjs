// Prints what the first load and each further part of the console weigh, gzipped, and fails when one is over its budget.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const KIB = 1024;
/** The scripts that a browser loads before it shows anything. */
const FIRST_LOAD_MAX = 250 * KIB;
/** A screen that is loaded when it is opened. */
const SCREEN_MAX = 60 * KIB;
/** The editor of code, which is loaded when a text is opened in it. */
const EDITOR_MAX = 170 * KIB;
const EDITOR = /^(code-editor|compare-texts|editor-extensions)-/;

/** The drawing of a lineage, which is loaded when a graph is opened. */
const DRAWING_MAX = 80 * KIB;
const DRAWING = /^lineage-drawing-/;

const folder = fileURLToPath(new URL('../dist/site/', import.meta.url));
const index = readFileSync(`${folder}index.html`, 'utf8');
const sizeOf = (name) => statSync(`${folder}assets/${name}.gz`).size;
const show = (bytes) => `${(bytes / KIB).toFixed(1).padStart(7)} KiB`;

const scripts = readdirSync(`${folder}assets`).filter((name) => name.endsWith('.js'));
const first = scripts.filter((name) => index.includes(name));
const firstLoad = first.reduce((sum, name) => sum + sizeOf(name), 0);
console.log(`${show(firstLoad)} of ${FIRST_LOAD_MAX / KIB}  first load`);
let isOver = firstLoad > FIRST_LOAD_MAX;
for (const name of scripts.filter((one) => !first.includes(one))) {
  const max = EDITOR.test(name) ? EDITOR_MAX : DRAWING.test(name) ? DRAWING_MAX : SCREEN_MAX;
  console.log(`${show(sizeOf(name))} of ${String(max / KIB).padEnd(4)} ${name}`);
  isOver ||= sizeOf(name) > max;
}
process.exitCode = isOver ? 1 : 0;
