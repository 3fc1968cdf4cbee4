// Domains under which strangers get names. A wildcard over one of them grants everybody. This list holds the usual ones and is not complete:
// the whole one (publicsuffix.org) changes every week and would be older than the cluster that it warns in.

/** Second labels under which registries of countries give names away, as in `co.uk`. */
const COUNTRY_SECOND_LEVELS: ReadonlySet<string> = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'gov',
  'ne',
  'net',
  'or',
  'org',
]);

/** Domains of hosting services, whose customers get a name of their own below. */
const SHARED_DOMAINS: ReadonlySet<string> = new Set([
  'amazonaws.com',
  'appspot.com',
  'azureedge.net',
  'azurefd.net',
  'azurewebsites.net',
  'blob.core.windows.net',
  'cloudapp.azure.com',
  'cloudfront.net',
  'core.windows.net',
  'digitaloceanspaces.com',
  'elasticbeanstalk.com',
  'fastly.net',
  'firebaseapp.com',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'netlify.app',
  'ngrok.io',
  'ngrok-free.app',
  'onrender.com',
  'pages.dev',
  'r2.dev',
  'run.app',
  's3.amazonaws.com',
  'storage.googleapis.com',
  'trafficmanager.net',
  'vercel.app',
  'web.app',
  'workers.dev',
  'windows.net',
]);

/** `s3.eu-west-1.amazonaws.com`, `execute-api.eu-west-1.amazonaws.com` and the like: one for each region of a cloud. */
const REGION_OF_SHARED_DOMAIN = /^(?:[a-z0-9-]+\.)?[a-z]{2}(?:-[a-z]+)+-[0-9]\.(?:elb\.)?amazonaws\.com$/;

/** True for `*.` and a domain under which anybody can get a name. */
export function isOverPublicSuffix(host: string): boolean {
  if (!host.startsWith('*.')) return false;
  const domain = host.slice(2);
  const labels = domain.split('.');
  if (labels.length === 1) return true;
  const [second = '', first = ''] = labels;
  const isOfCountry = labels.length === 2 && first.length === 2 && COUNTRY_SECOND_LEVELS.has(second);
  return isOfCountry || SHARED_DOMAINS.has(domain) || REGION_OF_SHARED_DOMAIN.test(domain);
}
