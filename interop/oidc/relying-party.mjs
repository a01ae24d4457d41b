// Somebody else's client library (npm's openid-client) logs a user in at an mcx identity management server, and takes a user of
// another system to it. What is expected of each answer is checked here; the last line says that all of it was so.
//
// NODE_EXTRA_CA_CERTS=CA node relying-party.mjs OURS THEIRS DOCUMENTS PASSWORD
import assert from 'node:assert/strict';
import * as client from 'openid-client';

const [ours, theirs, documents, password] = process.argv.slice(2);
const REDIRECT = 'http://127.0.0.1:49152/callback';
const SCOPE = 'openid 3gpp:mc:ptt_service';
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
const refused = (error) => (why) => why instanceof client.ResponseBodyError && why.error === error;

// The lines of the log-in page that a browser sends back.
async function logIn(url) {
  const page = await fetch(url);
  assert.equal(page.status, 200);
  const cookie = page.headers.get('set-cookie').split(';')[0];
  const html = await page.text();
  const hidden = (name) => html.match(`name="${name}" value="([^"]*)"`)[1].replaceAll('&amp;', '&');
  const body = new URLSearchParams({ username: 'bob', password, request: hidden('request'), csrf: hidden('csrf') });
  const answer = await fetch(`${ours}/login`, { method: 'POST', body, headers: { cookie }, redirect: 'manual' });
  assert.equal(answer.status, 303);
  return new URL(answer.headers.get('location'));
}

// OpenID Connect Core 3.1, RFC 7636, RFC 9207: discovery, code, PKCE, a signature that is verified.
const config = await client.discovery(new URL(ours), 'mcx-ue', undefined, client.None());
client.enableNonRepudiationChecks(config);
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const back = await logIn(client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT,
  scope: SCOPE,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
}));
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, back, checks);
assert.equal(tokens.claims().mcptt_id, 'sip:bob@b.example');
console.log('relying party: logged in');

// RFC 6749 6, RFC 7009
const next = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(claims(next.access_token).mcptt_id, 'sip:bob@b.example');
await client.tokenRevocation(config, next.refresh_token);
await assert.rejects(client.refreshTokenGrant(config, next.refresh_token), refused('invalid_grant'));
console.log('relying party: refreshed and revoked');

// RFC 7523, TS 33.180 B.7.4: a security token of a provider that is not ours.
const home = await client.discovery(new URL(theirs), ours, undefined, client.ClientSecretBasic('secret'));
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const bearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const vouched = async () => (await client.genericGrantRequest(home, exchange, { resource: ours })).access_token;
const come = (assertion) => client.genericGrantRequest(config, bearer, { assertion, scope: '3gpp:mc:ptt_service' });
const assertion = await vouched();
const visitor = claims((await come(assertion)).access_token);
assert.equal(visitor.primary_id, 'sip:alice@a.example');
assert.match(visitor.mcptt_id, /^sip:visitor-[a-z2-7]+@b\.example$/);
assert.equal(claims((await come(await vouched())).access_token).mcptt_id, visitor.mcptt_id);
await assert.rejects(come(assertion), refused('invalid_grant'));
console.log('relying party: migrated');

// RFC 9068: their access tokens at a server of ours.
const grant = async (scope) => (await client.clientCredentialsGrant(home, { scope })).access_token;
const theirToken = await grant('3gpp:mc:ptt_config_management_service');
const get = (path, token) => fetch(`${documents}/${path}`, { headers: { authorization: `Bearer ${token}` } });
const ask = (token) => get('xcap-caps/global/index', token);
assert.equal((await ask(theirToken)).status, 200);
// What anybody may read is read with a token for something else too; what not everybody may is not (RFC 6750 3.1).
const otherToken = await grant('3gpp:mc:ptt_service');
assert.equal((await ask(otherToken)).status, 200);
const profile = 'org.3gpp.mcptt.user-profile/users/sip:alice@a.example/mcptt-user-profile-1.xml';
const lacks = async (token) => (await get(profile, token)).headers.get('www-authenticate')?.includes('insufficient_scope') ?? false;
assert.deepEqual([await lacks(theirToken), await lacks(otherToken)], [false, true]);
const [header, payload, signature] = theirToken.split('.');
const forged = Buffer.from(JSON.stringify({ ...claims(theirToken), mcptt_id: 'sip:root@a.example' })).toString('base64url');
assert.equal((await ask(`${header}.${forged}.${signature}`)).status, 401);
assert.equal((await ask(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`)).status, 401);
console.log('relying party: done');
