// Somebody else's OpenID provider (npm's oidc-provider) as the identity management server of an MC system: access tokens for the
// system's own servers, and security tokens for a partner's identity management server (TS 33.180 B.7.2).
//
// node provider.mjs PORT CERTIFICATE KEY PARTNER [CLAIMS]
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const [port, certificate, key, partner, said] = process.argv.slice(2);
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const claims = JSON.parse(said ?? '{ "mcptt_id": "sip:alice@a.example" }');

const keyOf = (kid) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  alg: 'ES256',
  use: 'sig',
  kid,
});

const provider = new Provider(`https://localhost:${port}`, {
  jwks: { keys: [keyOf('theirs')] },
  // The client is called as the partner, so that what is signed for it is meant for the partner.
  clients: [{
    client_id: partner,
    client_secret: 'secret',
    grant_types: ['client_credentials', EXCHANGE],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
  }],
  ttl: { IdToken: 600, ClientCredentials: 600 },
  extraTokenClaims: () => claims,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'https://mcx.a.example',
      getResourceServerInfo: () => ({
        scope: '3gpp:mc:ptt_service 3gpp:mc:ptt_config_management_service',
        audience: 'mcx',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

provider.registerGrantType(EXCHANGE, async (ctx) => {
  const token = new provider.IdToken({ sub: claims.mcptt_id }, { ctx });
  token.scope = 'openid';
  token.set('jti', randomUUID());
  ctx.body = { access_token: await token.issue({ use: 'idtoken' }), token_type: 'N_A', expires_in: 600 };
}, ['resource', 'subject_token', 'subject_token_type']);

const tls = { cert: readFileSync(certificate), key: readFileSync(key) };
createServer(tls, provider.callback()).listen(Number(port), '127.0.0.1', () => console.log('provider: ready'));
