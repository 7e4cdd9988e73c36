// Writes the measured section of docs/benchmarks.md from a report of `npm run bench -- --json FILE`: `npm run docs:bench -- FILE`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { toMachineLine, toTable, type Report } from './report.ts';

const BEGIN = '<!-- performance: begin, made by `npm run docs:bench` -->';
const END = '<!-- performance: end -->';
const page = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url));

const file = process.argv[2];
if (file === undefined) {
  console.error('which report? npm run docs:bench -- FILE, made by npm run bench -- --json FILE');
  process.exit(2);
}
const report = JSON.parse(await readFile(file, 'utf8')) as Report;
const before = await readFile(page, 'utf8');
const [head = '', rest] = before.split(BEGIN);
const tail = rest?.split(END)[1];
if (tail === undefined) throw new Error('docs/benchmarks.md has lost its markers');

const about = report.benches.map(
  ({ name, measures, against }) =>
    `- \`${name}\`: ${measures}${against === null ? '' : `; the baseline is ${against}`}.`,
);
const section = [
  `${report.quick ? 'A quick measurement' : 'Measured'} on ${report.at.slice(0, 10)}: ${toMachineLine(report.machine)}. ` +
    `Load average ${(report.load[0] ?? 0).toFixed(1)} at the end.`,
  toTable(report.benches),
  about.join('\n'),
].join('\n\n');
await writeFile(page, `${head}${BEGIN}\n\n${section}\n\n${END}${tail}`);
