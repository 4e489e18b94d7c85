// SPDX-License-Identifier: MIT
// node oidc.mjs PORT CERT KEY [ROTATE]  --  npm's oidc-provider, an OAuth2 server that is not ours.
// HTTPS on PORT for clients, HTTP on PORT + 1 for Dovecot's introspection. Any login name is
// accepted, the password is ignored. Runs where oidc-provider is installed beside it.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import Provider from 'oidc-provider';

const [port, cert, key, rotate] = process.argv.slice(2);
const oidc = new Provider(`https://localhost:${port}`, {
    clients: [
        { client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'native',
          response_types: ['code'], redirect_uris: ['http://localhost'],
          grant_types: ['authorization_code', 'refresh_token',
                        'urn:ietf:params:oauth:grant-type:device_code'] },
        { client_id: 'dovecot', client_secret: 'dovecot-secret',
          token_endpoint_auth_method: 'client_secret_post', grant_types: ['client_credentials'],
          redirect_uris: [], response_types: [] },
    ],
    scopes: ['openid', 'offline_access', 'mail'],
    features: {
        devInteractions: { enabled: true }, deviceFlow: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true }, clientCredentials: { enabled: true },
    },
    pkce: { required: () => true },
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: rotate === 'rotate',
    ttl: { AccessToken: 60, DeviceCode: 300, RefreshToken: 86400, Grant: 86400, Session: 86400,
           Interaction: 3600 },
    cookies: { keys: ['k'] },
    findAccount: async (ctx, id) => ({ accountId: id,
                                       claims: async () => ({ sub: id, username: id }) }),
});
const tls = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
http.createServer(oidc.callback()).listen(+port + 1, '127.0.0.1', () =>
    https.createServer(tls, oidc.callback()).listen(+port, 'localhost', () => console.log('up')));
