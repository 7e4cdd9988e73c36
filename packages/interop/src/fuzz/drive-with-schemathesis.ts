import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { AnswerCheck } from '@rat/testing';
import type { Driven } from './driven.ts';
import { FaultList } from './fault-list.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { FuzzedApi } from './open-fuzzed-api.ts';
import { readDocument } from './openapi-document.ts';
import { readSchemathesisReport } from './read-schemathesis-report.ts';
import { schemathesisArguments, schemathesisSettings } from './schemathesis-settings.ts';

const DOCUMENT = fileURLToPath(new URL('../../../../apps/api/openapi.json', import.meta.url));

/** One run takes two minutes on two idle cores, and sends enough. */
const RUN_WITHIN_MS = 900_000;
const RUNS_MAX = 2;
/** Of the output of a run that found something. */
const OUTPUT_MAX = 6_000;

/**
 * Lets schemathesis send at least `least` requests as the admin. What it finds itself is a fault, and each of its answers
 * is judged as those of the other client are.
 */
export async function driveWithSchemathesis(
  api: FuzzedApi,
  { python, least, seed }: { python: string; least: number; seed: number },
): Promise<Driven> {
  const token = api.callers[0]?.token ?? '';
  const document = await readDocument(api.url, token);
  const check = new AnswerCheck();
  const faults = new FaultList();
  const byStatus = new Map<number, number>();
  const settings = join(api.fleet.home, 'schemathesis.toml');
  const report = join(api.fleet.home, 'schemathesis.ndjson');
  await writeFile(settings, schemathesisSettings(api.known));
  let answered = 0;
  for (let run = 0; run < RUNS_MAX && answered < least; run += 1) {
    await api.restore();
    const { url } = api;
    const found = await runSchemathesis(
      { python, cwd: api.fleet.home },
      schemathesisArguments({
        settings,
        document: DOCUMENT,
        url,
        token,
        report,
        seed: seed + run,
      }),
    );
    if (found !== undefined) faults.add('schemathesis', 'found failures', found);
    for await (const { method, target, answer } of readSchemathesisReport(report)) {
      if (answer === undefined) {
        faults.add(method, 'no answer', target);
        continue;
      }
      answered += 1;
      byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
      const forbidden = { ...api.forbidden, hidden: [] };
      const wrong = judgeAnswer({ method, target, answer }, { document, check, forbidden });
      const operationId = document.find(method, target)?.operationId ?? method;
      for (const fault of wrong)
        faults.add(operationId, fault, `${method} ${target}\n     ${answer.body.toString()}`);
    }
    await rm(report);
  }
  return { answered, byStatus, faults };
}

/** Resolves with its output when it found something; throws when it did not run at all. */
async function runSchemathesis(
  { python, cwd }: { python: string; cwd: string },
  args: string[],
): Promise<string | undefined> {
  const child = spawn(join(dirname(python), 'schemathesis'), args, {
    // It keeps a cache in its folder.
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const over = setTimeout(() => child.kill('SIGKILL'), RUN_WITHIN_MS);
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  const [code] = await exited;
  clearTimeout(over);
  if (code === 0) return undefined;
  const failures = output.indexOf(' FAILURES ');
  if (code === 1 && failures > 0) return output.slice(failures, failures + OUTPUT_MAX);
  throw new Error(`schemathesis ended with ${code}: ${output.slice(-OUTPUT_MAX)}`);
}
