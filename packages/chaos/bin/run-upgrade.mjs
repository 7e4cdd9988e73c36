// Upgrades an installation from an earlier version to this one while clients start runs, and counts runs and
// rows. The earlier version is built from its commit in a temporary folder. The exit code is 1 for a run that
// is lost or doubled.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { playUpgrade } from '../dist/index.js';

const USAGE = `npm run test:upgrade -- --from COMMIT | --folder FOLDER [--runs N]
  --from COMMIT  the version before: a tag or a commit that this clone has; it is built first
  --folder F     a folder that holds the version before, built
  --runs N       runs in each of the five parts (30)`;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    folder: { type: 'string' },
    runs: { type: 'string', default: '30' },
  },
});
const runsOfPart = Number(values.runs);
const isOne = (values.from === undefined) !== (values.folder === undefined);
if (!isOne || !Number.isInteger(runsOfPart) || runsOfPart < 1) {
  console.error(USAGE);
  process.exit(2);
}

if (values.folder === undefined) await withFormer(values.from, play);
else await play(resolve(values.folder));

async function play(former) {
  const report = await playUpgrade({ former, runsOfPart, tell: (line) => console.log(line) });
  const { accepted, repeated, succeeded, rows, violations } = report;
  console.log(
    `${accepted} requests, ${repeated} sent again, ${succeeded} successful runs, ${rows} rows, ${violations.length} violations`,
  );
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) process.exitCode = 1;
}

/** Builds a commit in a temporary folder, and removes it afterwards. */
async function withFormer(name, use) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const commit = git('rev-parse', '--verify', `${name}^{commit}`);
  const parent = mkdtempSync(join(tmpdir(), 'rat-upgrade-'));
  const former = join(parent, 'former');
  try {
    git('worktree', 'add', '--quiet', '--detach', former, commit);
    console.log(`building ${commit.slice(0, 10)}`);
    const options = { cwd: former, stdio: 'inherit' };
    execFileSync('npm', ['run', '--silent', 'prepare:workspace'], options);
    await use(former);
  } finally {
    git('worktree', 'remove', '--force', former);
    rmSync(parent, { recursive: true, force: true });
  }
}
