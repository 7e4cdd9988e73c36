import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { inspect, type PipelineSource } from './define-pipeline.ts';
import { renderTemplate } from './render-template.ts';
import type { DefinerAnswer } from './definer-protocol.ts';

/*
 * A worker thread that inspects one pipeline at a time, so that a template does not block the thread
 * that serves requests. It has no environment variables, and its owner terminates it when it is
 * late.
 */

function say(answer: DefinerAnswer): void {
  parentPort?.postMessage(answer);
}

function answerTo(source: PipelineSource): DefinerAnswer {
  try {
    const onPath = (path: string): void => say({ type: 'at', path });
    return { type: 'inspected', pipeline: inspect(source, { usedMs, onPath }) };
  } catch (error) {
    return {
      type: 'broken',
      message: error instanceof Error ? String(error.stack) : String(error),
    };
  }
}

/** Only Linux provides this file; elsewhere the wall clock counts. */
function usedMs(): number | undefined {
  try {
    const [nanoseconds] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}

// Compiles the template engine before the time limit of any pipeline starts.
renderTemplate('', {});
parentPort?.on('message', (source: PipelineSource) => say(answerTo(source)));
