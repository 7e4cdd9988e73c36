// A child that tries what no child may: each message names attempts, and the answer tells what came of each.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return error.code ?? String(error);
  }
}

function environments() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8')))
    .join('\n');
}

function reach(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error) => resolve(error.code));
  });
}

async function answer({ read = [], write = [], port }) {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  process.send({
    uid: process.getuid(),
    gid: process.getgid(),
    groups: process.getgroups(),
    noNewPrivs: field('NoNewPrivs'),
    capabilities: [field('CapPrm'), field('CapEff'), field('CapInh'), field('CapAmb')],
    seccomp: field('Seccomp'),
    core: /^Max core file size\s+(\S+)\s+(\S+)/m
      .exec(readFileSync('/proc/self/limits', 'utf8'))
      ?.slice(1),
    environments: environments(),
    read: read.map((path) =>
      attempt(() => {
        try {
          readdirSync(path);
        } catch (error) {
          if (error.code !== 'ENOTDIR') throw error;
          readFileSync(path);
        }
        return 'read';
      }),
    ),
    write: write.map((path) =>
      attempt(() => {
        appendFileSync(path, 'x');
        return 'written';
      }),
    ),
    reached: port === undefined ? undefined : await reach(port),
  });
}

process.on('message', (attempts) => void answer(attempts));
process.on('disconnect', () => process.exit());
process.send('ready');
