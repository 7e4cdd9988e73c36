interface TrustedTypes {
  createPolicy: (
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ) => { createScriptURL: (url: string) => string };
}

/** Missing in browsers without Trusted Types, which take the text. */
const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
const policy = types?.createPolicy('rat', { createScriptURL: assertOwn });

/** An address from which a worker may be started: only of this origin. */
export function trustedUrl(url: string): string {
  return policy?.createScriptURL(url) ?? assertOwn(url);
}

function assertOwn(url: string): string {
  if (new URL(url, location.href).origin === location.origin) return url;
  throw new TypeError('a script of another origin is refused');
}
