/** A cheap pre-check: text without any of these contains none of the forms below. */
export const SUSPECT_SHAPE =
  /eyJ|AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|AIza|sk-|PRIVATE KEY|bearer/i;

/** A JSON Web Token: three parts in base64url, of which the first two begin with `{"`. */
const JWT = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?/g;

/** Keys in their issuers' own forms, recognised without a name beside them. */
const ISSUED = new RegExp(
  [
    '\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b',
    '\\bgh[opsur]_\\w{30,}',
    '\\bgithub_pat_\\w{30,}',
    '\\bglpat-[\\w-]{20,}',
    '\\bxox[abeprs]-[\\w-]{10,}',
    '\\bAIza[\\w-]{35}',
    '\\bsk-[\\w-]{20,}',
  ].join('|'),
  'g',
);

const BEARER = /\b(bearer[ \t]+)([\w.~+/-]+=*)/gi;

const PRIVATE_KEY =
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)([\s\S]*?)(-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** Replaces secrets that are recognised by their form. Keeps the number of lines. */
export function scrubSecretShapes(text: string): string {
  return text
    .replace(PRIVATE_KEY, (_, begin: string, key: string, end: string) => {
      return begin + key.replace(/[^\n]+/g, '***') + end;
    })
    .replace(JWT, '***')
    .replace(ISSUED, '***')
    .replace(BEARER, (all, scheme: string, credential: string) => {
      return /\d/.test(credential) || credential.length >= 16 ? `${scheme}***` : all;
    });
}
