// A certified OpenID Connect provider (npm oidc-provider) on loopback, with its own sign-in pages, for the journeys in a browser.
// Arguments: JSON {"client", "secret", "redirect", "after", "accounts": {login: {email, email_verified}}}. Prints its issuer once it listens.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const wanted = JSON.parse(process.argv[2]);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: wanted.client,
        client_secret: wanted.secret,
        redirect_uris: [wanted.redirect],
        post_logout_redirect_uris: [wanted.after],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, ...wanted.accounts[id] }),
    }),
    cookies: { keys: ["only for tests on loopback"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.on("end", () => process.exit(0)).resume(); // the test that started it is gone
