// verify.mjs SECRET: checks a delivery with Standard Webhooks' library: a line of JSON with its headers, then its body, on the
// standard input. Prints "verified", or "refused" for what the library refuses.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Beside the packages, which are not beside this file.
const { Webhook, WebhookVerificationError } = createRequire(process.env.PACKAGES)('standardwebhooks');

const input = readFileSync(0, 'utf8');
const end = input.indexOf('\n');
try {
  new Webhook(process.argv[2]).verify(input.slice(end + 1), JSON.parse(input.slice(0, end)));
  console.log('verified');
} catch (error) {
  if (!(error instanceof WebhookVerificationError)) {
    throw error;
  }
  console.log('refused');
  console.error(error);
}
