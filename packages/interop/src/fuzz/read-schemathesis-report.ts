import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { FuzzedAnswer } from './judge-answer.ts';

/** A request of schemathesis with its answer. */
export interface Interaction {
  method: string;
  /** Path and query. */
  target: string;
  answer: FuzzedAnswer | undefined;
}

interface Encoded {
  $base64: string;
}

interface ReportLine {
  ScenarioFinished?: {
    recorder: {
      interactions?: Record<
        string,
        {
          request: { method: string; uri: string };
          response?: {
            status_code: number;
            headers: Record<string, string[]>;
            content?: Encoded | null;
          } | null;
        }
      >;
    };
  };
}

/** Reads every request of a report line by line: it is larger than the memory should be. */
export async function* readSchemathesisReport(file: string): AsyncGenerator<Interaction> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes('"ScenarioFinished"')) continue;
    // The version of schemathesis is pinned, and the form of its report with it.
    const { ScenarioFinished: scenario } = JSON.parse(line) as ReportLine;
    for (const { request, response } of Object.values(scenario?.recorder.interactions ?? {})) {
      const { pathname, search } = new URL(request.uri);
      yield {
        method: request.method,
        target: `${pathname}${search}`,
        answer: response
          ? {
              status: response.status_code,
              headers: Object.fromEntries(
                Object.entries(response.headers).map(([name, value]) => [
                  name.toLowerCase(),
                  value.join(', '),
                ]),
              ),
              body: Buffer.from(response.content?.$base64 ?? '', 'base64'),
            }
          : undefined,
      };
    }
  }
}
