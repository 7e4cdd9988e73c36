import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The client that an identity provider knows. */
export const CLIENT = { id: 'rat', secret: 'the-secret-of-the-client-0123456789' };

/** A real identity provider on loopback, whose people need no password. */
export interface ProviderFixture {
  issuer: URL;
  /** The groups of each person; a test may change them. */
  groups: Map<string, string[]>;
  /** Answers from now on, for the service at this address. */
  serve: (publicUrl: string) => void;
  close: () => Promise<void>;
}

/** Takes a port. The provider answers after `serve`, since its client needs the address of the service. */
export async function openProvider(): Promise<ProviderFixture> {
  // Loaded on first use: the module is large, and few tests need it.
  const { Provider } = await import('oidc-provider');
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const groups = new Map<string, string[]>();
  return {
    issuer,
    groups,
    serve: (publicUrl) => {
      const provider = new Provider(issuer.href.replace(/\/$/, ''), {
        clients: [
          {
            client_id: CLIENT.id,
            client_secret: CLIENT.secret,
            redirect_uris: [`${publicUrl}/sign-in/oidc/callback`],
            token_endpoint_auth_method: 'client_secret_post',
          },
        ],
        cookies: { keys: ['a key for the cookies of the provider'] },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
        pkce: { required: () => true },
        findAccount: (_context, id) => ({
          accountId: id,
          claims: () => ({
            sub: id,
            email: `${id}@example.org`,
            email_verified: id !== 'mallory',
            groups: groups.get(id) ?? [],
          }),
        }),
      });
      provider.use(async (context, next) => {
        await next();
        // The pages of the provider load a font of another site. Tests request nothing from outside.
        if (typeof context.body === 'string')
          context.body = context.body.replace(/@import url\([^)]*\);/, '');
      });
      server.on('request', (req, res) => void provider.callback()(req, res));
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
