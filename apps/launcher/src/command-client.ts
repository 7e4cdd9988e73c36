import { RatClient } from '@rat/client';
import { readSettings } from '@rat/runtime';
import { applyEnv } from './env.ts';

/** The client of a command in the terminal: `url` wins over `RAT_API_URL`, and the token is that of `RAT_TOKEN`. */
export function commandClient(url: string | undefined, variables: NodeJS.ProcessEnv): RatClient {
  const { env } = readSettings(applyEnv, variables);
  return new RatClient({ baseUrl: url ?? env.RAT_API_URL, token: env.RAT_TOKEN });
}
