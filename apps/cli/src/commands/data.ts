import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { formatRef, isSlug } from '@rat/domain/words';
import { Option, type Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { formatBytes, formatCount } from '../format.ts';
import { parsePipelineName } from '../names.ts';
import { wholeNumber } from '../options.ts';
import { toCell } from '../terminal.ts';
import type { Commands } from './command.ts';

interface QueryOptions {
  file?: string;
  format?: 'table' | 'csv' | 'json' | 'parquet' | 'arrow';
  limit?: number;
}

/** Commands about data: query, lineage, upload. */
export function addDataCommands(program: Command, commands: Commands): void {
  program
    .command('query')
    .argument('[sql]', 'one SELECT; - reads it from standard input')
    .option('-f, --file <path>', 'read the SQL from a file; - is standard input')
    .addOption(
      new Option(
        '--format <format>',
        'table is the default; csv, parquet and arrow go to standard output',
      ).choices(['table', 'csv', 'json', 'parquet', 'arrow']),
    )
    .option('--limit <n>', 'at most so many rows', wholeNumber(1))
    .action(
      commands.action<QueryOptions, [string | undefined]>(async (context, options, given) => {
        const { rat, terminal } = context;
        const sql = await readSql(given, options.file, terminal.stdin);
        const limit = options.limit === undefined ? {} : { limit: options.limit };
        const body = { sql, namespace: context.namespace, ...limit };
        const format = options.format ?? (context.options.json ? 'json' : 'table');
        if (format !== 'table' && format !== 'json') {
          const answer = await rat.tables.query.response(
            body,
            { format },
            { headers: { accept: '*/*' } },
          );
          for await (const chunk of answer.body ?? []) await terminal.bytes(chunk as Uint8Array);
          return;
        }
        const answer = await rat.tables.query({
          ...body,
          rows_as: format === 'json' ? 'objects' : 'arrays',
        });
        if (format === 'json') answer.rows.forEach((row) => terminal.data(JSON.stringify(row)));
        else
          terminal.table(
            answer.columns.map(({ name }) => name),
            answer.rows.map((row) => Object.values(row).map(toCell)),
          );
        const more = answer.truncated ? '; there are more, --limit shows them' : '';
        terminal.note(`${formatCount(answer.row_count, 'row')} in ${answer.duration_ms} ms${more}`);
      }),
    );

  program
    .command('lineage')
    .argument('[pipeline]', 'such as gold.daily; without it, everything in the namespace')
    .option('--up <n>', 'how many steps back', wholeNumber(0), 2)
    .option('--down <n>', 'how many steps on', wholeNumber(0), 2)
    .action(
      commands.action<{ up: number; down: number }, [string | undefined]>(
        async (context, { up, down }, name) => {
          const root =
            name === undefined
              ? {}
              : { root: formatRef(parsePipelineName(name, context.namespace)) };
          const query = { ...root, namespace: context.namespace, up, down };
          const { edges, truncated } = await context.rat.lineage.get(query);
          context.list(edges, {
            id: ({ from, to }) => `${from} ${to}`,
            head: ['from', 'to', 'as'],
            row: (edge) => [edge.from, edge.to, edge.kind],
            empty: 'no data flows here',
          });
          if (truncated)
            context.terminal.note('there is more: a pipeline as the beginning shows less');
        },
      ),
    );

  program
    .command('upload')
    .argument('<files...>', 'the files, and last the zone as namespace/zone or zone')
    .option('--replace', 'replace files of the same name')
    .action(
      commands.action<{ replace?: true }, [string[]]>(async (context, options, args) => {
        const [target, ...files] = args.toReversed();
        if (target === undefined || files.length === 0)
          throw new CliError(
            'name the files and then the zone, such as: rat upload orders.csv default/orders',
          );
        const { rat, terminal } = context;
        const { uploadFile } = await import('../upload-file.ts');
        const to = { ...parseZone(target, context.namespace), replace: options.replace === true };
        const sender = { rat, terminal, hasBar: !context.options.quiet && terminal.hasProgress };
        for (const file of files.toReversed()) {
          const began = performance.now();
          const { stored, name, bytes } = await uploadFile(sender, file, to);
          context.object(stored, name, () => {
            const seconds = (performance.now() - began) / 1000;
            terminal.data(
              `${to.namespace}/${to.zone}/${name}: ${formatBytes(bytes)} in ${seconds.toFixed(1)} s`,
            );
          });
        }
      }),
    );
}

/** `orders`, or `shop/orders`. */
function parseZone(text: string, home: string): { namespace: string; zone: string } {
  const parts = text.split('/');
  const [namespace = '', zone = ''] = parts.length === 1 ? [home, text] : parts;
  if (parts.length <= 2 && isSlug(namespace) && isSlug(zone)) return { namespace, zone };
  throw new CliError(
    `${text} is no landing zone: name the zone last, such as: rat upload orders.csv default/orders`,
  );
}

async function readSql(
  given: string | undefined,
  file: string | undefined,
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  if ((given === undefined) === (file === undefined))
    throw new CliError('write the SQL, - for standard input, or --file and a path');
  if ((file ?? given) === '-') return text(stdin);
  return file === undefined ? String(given) : text(createReadStream(file));
}
