// Options that must not compile, one on each line that ends in "wrong". options.test.ts compiles
// this file alone.

import { createIntegrations } from '../../src/index.js';

createIntegrations({ databaseUrll: 'postgres://localhost/x' }); // misspelt: wrong
createIntegrations({ googleClientID: 'x' }); // misspelt: wrong
createIntegrations({ zohoClientId: 'x' }); // unknown provider: wrong
createIntegrations({ role: 'king' }); // not one of the words: wrong
createIntegrations({ oauthCompletion: 'magic' }); // not one of the words: wrong
createIntegrations({ port: '3000' }); // a text in place of a number: wrong
createIntegrations({ googleRevokeOnDisconnect: 'yes' }); // a text in place of a flag: wrong
createIntegrations({ databaseUrl: 1 }); // a number in place of a text: wrong
createIntegrations({ returnPaths: [1] }); // numbers in place of texts: wrong
createIntegrations({ authenticate: 'me' }); // a text in place of a function: wrong
