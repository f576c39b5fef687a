// stripe.mjs URL [RETRIES]: deposits 1.00 through stripe's library and prints the response's status, or "error".
// TOKEN is the engine's key, if it takes one.
import { createRequire } from 'node:module';

// Beside the packages, which are not beside this file.
const Stripe = createRequire(process.env.PACKAGES)('stripe');

const [url, retries] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(url);
const settings = { protocol: 'http', host: hostname, port, telemetry: false };
if (retries !== undefined) {
  settings.maxNetworkRetries = Number(retries);
}
const stripe = new Stripe(process.env.TOKEN || 'sk_test_none', settings);
try {
  const response = await stripe.rawRequest('POST', pathname, { operationType: 'DEPOSIT', amount: '1.00' });
  console.log(response.lastResponse.statusCode);
} catch (error) {
  console.log('error');
  console.error(error);
}
// The library leaves a refused response unread, which keeps its connection, and this process, for 80 seconds.
process.exit();
