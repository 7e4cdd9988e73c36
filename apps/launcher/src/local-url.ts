/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * The API's URL for processes of this machine: an address that means "all interfaces" cannot be
 * connected to.
 */
export function localUrl({ HOST, PORT }: { HOST: string; PORT: number }): string {
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '::1' : HOST;
  return `http://${bracket(host)}:${PORT}`;
}

/** An address as a URL has it. */
export function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
