import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { eventually } from './eventually.ts';

export interface Nginx {
  url: string;
  stop: () => Promise<void>;
}

/**
 * An nginx of the tests in front of `upstream`, configured for ordinary pages: it buffers answers,
 * which is its default, and compresses every listed type.
 */
export async function startNginx(program: string, upstream: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'rat-nginx-'));
  const port = await findFreePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = `
    daemon off;
    master_process off;
    error_log ${folder}/error.log warn;
    pid ${folder}/nginx.pid;
    events { worker_connections 64; }
    http {
      access_log off;
      ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n      ')}
      gzip on;
      gzip_min_length 0;
      gzip_proxied any;
      gzip_types text/event-stream application/json application/x-ndjson text/plain;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass ${upstream};
          proxy_http_version 1.1;
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $remote_addr;
        }
      }
    }
  `;
  await writeFile(join(folder, 'nginx.conf'), config);
  const child = spawn(program, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually('nginx listens', () => listens(port));
  } catch (error) {
    const log = await readFile(join(folder, 'error.log'), 'utf8').catch(() => 'nothing');
    await stop();
    throw new Error(`nginx did not come up; it said: ${log}`, { cause: error });
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
