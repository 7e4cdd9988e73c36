import { collect, type RatClient } from '@rat/client';
import { formatRef, type PipelineRef } from '@rat/domain/words';
import type { Command } from 'commander';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { formatIssue } from '../explain-error.ts';
import { formatTime } from '../format.ts';
import { parsePipelineName } from '../names.ts';
import { printWarnings } from '../print-checks.ts';
import { printContentDiff } from '../print-diff.ts';
import type { Commands } from './command.ts';

type Draft = Awaited<ReturnType<RatClient['drafts']['get']>>;

interface MessageOptions {
  message?: string;
}

/** `rat drafts` and its commands. */
export function addDraftCommands(program: Command, commands: Commands): void {
  const drafts = program.command('drafts');
  drafts
    .command('list', { isDefault: true })
    .summary('list pipelines that have a draft')
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<{ allNamespaces?: true }, []>(async (context, options) => {
        const home = options.allNamespaces ? {} : { namespace: context.namespace };
        const all = await collect(context.rat.pipelines.list(home));
        context.list(
          all.filter(({ draft_dirty: hasDraft }) => hasDraft),
          {
            id: formatRef,
            head: ['pipeline', 'version', 'description'],
            row: (one) => [formatRef(one), one.version, one.description],
            empty: 'no pipeline has a draft; rat drafts save stores one',
          },
        );
      }),
    );

  drafts
    .command('show')
    .summary('show what a publish of a draft would change, and what is wrong with it')
    .argument('<pipeline>', 'such as gold.daily')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const { rat, terminal } = context;
        const ref = parsePipelineName(name, context.namespace);
        const { inFile } = await import('@rat/pipeline-folder');
        const [stored, diff] = await Promise.all([rat.drafts.get(ref), rat.drafts.diff(ref)]);
        const draft = { ...stored, issues: stored.issues.map(inFile) };
        context.object({ ...ref, ...draft, diff }, formatRef(ref), () => {
          if (!printContentDiff(terminal, diff))
            terminal.note(`the draft is what version ${draft.base_version} is`);
          printIssuesOf(context, draft);
        });
        terminal.note(describe(ref, draft));
      }),
    );

  drafts
    .command('save')
    .summary('store files as drafts, also with mistakes')
    .argument('<what>', 'a file of a pipeline, its folder, or a folder that holds pipelines/')
    .option('--message <text>', 'why; stored with the draft')
    .option('--yes', 'agree to replace other drafts')
    .action(commands.action<MessageOptions & { yes?: true }, [string]>(saveDrafts));

  drafts
    .command('publish')
    .summary('make a draft the newest version of its pipeline')
    .argument('<pipeline>', 'such as gold.daily')
    .option('--message <text>', 'why; stored with the version')
    .action(
      commands.action<MessageOptions, [string]>(async (context, { message }, name) => {
        const ref = parsePipelineName(name, context.namespace);
        const address = formatRef(ref);
        // Without a draft the API answers that a published pipeline is published.
        await context.rat.drafts.get(ref);
        const note = message === undefined ? {} : { message };
        const { about } = await import('@rat/pipeline-folder');
        const published = await about(address, context.rat.drafts.publish(ref, note));
        context.object(published, address, () =>
          context.terminal.data(`published version ${published.version} of ${address}`),
        );
        printWarnings(context, published.warnings);
      }),
    );

  drafts
    .command('discard')
    .summary('drop a draft; its pipeline stays as it is')
    .argument('<pipeline>', 'such as gold.daily')
    .option('--yes', 'agree')
    .action(
      commands.action<{ yes?: true }, [string]>(async (context, options, name) => {
        const ref = parsePipelineName(name, context.namespace);
        const address = formatRef(ref);
        const response = await context.rat.drafts.get.response(ref);
        context.terminal.note(describe(ref, (await response.json()) as Draft));
        await confirm(context, `Drop the draft of ${address}?`, options);
        // The consent was to the draft that was shown.
        const headers = { 'if-match': response.headers.get('etag') ?? '' };
        await context.rat.drafts.delete(ref, { headers });
        context.object({ ...ref, result: 'discarded' }, address, () =>
          context.terminal.data(`discarded the draft of ${address}`),
        );
      }),
    );
}

async function saveDrafts(
  context: CliContext,
  options: MessageOptions & { yes?: true },
  what: string,
): Promise<void> {
  const { rat, terminal } = context;
  const { findDraft, isSameDraft, readForDrafts, saveDraft } = await import('@rat/pipeline-folder');
  const sources = await readForDrafts(rat, what);
  if (sources.length === 0) terminal.note('the folder and the API are the same');
  // All questions come before the first draft is stored.
  let replaced = 0;
  const saves = [];
  for (const source of sources) {
    const replaces = await findDraft(rat, source.ref);
    saves.push({ source, replaces });
    if (replaces === undefined || isSameDraft(source, replaces.draft)) continue;
    terminal.note(describe(source.ref, replaces.draft));
    replaced += 1;
  }
  if (replaced > 0)
    await confirm(
      context,
      `Replace ${replaced === 1 ? 'this draft' : `these ${replaced} drafts`}?`,
      options,
    );
  for (const { source, replaces } of saves) {
    const address = formatRef(source.ref);
    const draft = await saveDraft(rat, source, { message: options.message, replaces });
    context.object({ ...source.ref, ...draft }, address, () => {
      terminal.data(`saved the draft of ${address}`);
      printIssuesOf(context, draft);
    });
    if (source.automationYaml !== undefined)
      terminal.note(`  automation.yaml is no part of a draft; rat apply stores it`);
  }
}

function printIssuesOf({ terminal }: CliContext, { issues }: Pick<Draft, 'issues'>): void {
  for (const issue of issues) terminal.data(`  ${issue.severity}${formatIssue(issue)}`);
}

/** `default.gold.daily has a draft of version 3 by ana, changed 2026-02-12 14:03:12: the message`. */
function describe(ref: PipelineRef, draft: Draft): string {
  const { base_version: base, author, message, updated_at: at } = draft;
  const of = base === 0 ? '' : ` of version ${base}`;
  const by = author === null ? '' : ` by ${author}`;
  const why = message === null ? '' : `: ${message}`;
  return `${formatRef(ref)} has a draft${of}${by}, changed ${formatTime(at)}${why}`;
}
