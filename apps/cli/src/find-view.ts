import type { RatClient } from '@rat/client';
import { CliError, EXIT } from './exit-codes.ts';
import { time } from './options.ts';

const PAGE_MAX = 200;

/**
 * The filters of the saved view that a person names by its name or its id, as the list of runs takes them: an own view before a
 * shared one.
 */
export async function findViewFilters(
  rat: RatClient,
  name: string,
): Promise<Record<string, string | Date | undefined>> {
  const views = [];
  for await (const view of rat.views.list({ screen: 'runs', limit: PAGE_MAX })) views.push(view);
  const named = views.filter((view) => view.name === name || view.id === name);
  const found = named.find(({ mine }) => mine) ?? named[0];
  if (found === undefined) {
    const names = [...new Set(views.map((view) => view.name))].join(', ');
    const known = names === '' ? 'none is saved' : `there are ${names}`;
    throw new CliError(`there is no view ${name}: ${known}`, EXIT.notFound);
  }
  if (!found.mine && named.length > 1) {
    const ids = named.map(({ id, owner }) => `  ${id}  by ${owner ?? 'nobody'}`).join('\n');
    throw new CliError(`several views have the name ${name}; write the id of one:\n${ids}`);
  }
  const { ns, from, to, ...filters } = found.query;
  return { ...filters, namespace: ns, from: toTime(from), to: toTime(to) };
}

/** A relative time of the console, such as `-24h`, as a time. The API judges any other text. */
function toTime(text: string | undefined): string | Date | undefined {
  return text !== undefined && /^-\d+[hd]$/.test(text) ? time(text) : text;
}
