#!/usr/bin/env node
// The command `rat`, from the build of the project.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('rat is not built: run `npm run rat -- --help` once, or `npm start`');
  process.exitCode = 2;
}
