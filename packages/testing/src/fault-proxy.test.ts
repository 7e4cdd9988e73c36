import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FaultProxy } from './fault-proxy.ts';

describe('FaultProxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await FaultProxy.open(`tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    echo.close();
  });

  async function client(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async function ask(socket: Socket, word: string): Promise<string> {
    const answer = once(socket, 'data');
    socket.write(word);
    return String((await answer)[0]);
  }

  test('blackholed bytes arrive only after the network heals', async () => {
    const socket = await client();
    expect(await ask(socket, 'one')).toBe('one');
    proxy.blackhole();
    const other = await client();
    const early: string[] = [];
    for (const each of [socket, other]) each.once('data', () => early.push('leaked'));
    socket.write('two');
    other.write('three');
    // A round trip without the proxy gives a leaking relay the time to deliver.
    const direct = connect((echo.address() as AddressInfo).port, '127.0.0.1');
    clients.push(direct);
    await ask(direct, 'ping');
    expect(early).toEqual([]);
    const late = Promise.all([once(socket, 'data'), once(other, 'data')]);
    await proxy.heal();
    expect((await late).map(([chunk]) => String(chunk))).toEqual(['two', 'three']);
  });

  test('a refusing proxy cuts connections and refuses new ones until it is healed', async () => {
    const socket = await client();
    const closed = once(socket, 'error');
    await proxy.refuse();
    await closed;
    await expect(client()).rejects.toThrow('ECONNREFUSED');
    await proxy.heal();
    expect(await ask(await client(), 'back')).toBe('back');
  });

  test('kill resets open connections and accepts new ones', async () => {
    const socket = await client();
    expect(await ask(socket, 'one')).toBe('one');
    const reset = once(socket, 'error');
    proxy.kill();
    expect(String(await reset)).toContain('ECONNRESET');
    expect(await ask(await client(), 'again')).toBe('again');
  });

  test('a connection made after a retarget reaches the new address', async () => {
    const other = createServer((socket) =>
      socket.on('error', () => undefined).on('data', () => socket.write('from there')),
    );
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    proxy.retarget(`tcp://127.0.0.1:${(other.address() as AddressInfo).port}`);
    expect(await ask(await client(), 'hello')).toBe('from there');
    other.close();
  });
});
