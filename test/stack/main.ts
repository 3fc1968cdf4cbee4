// npm run --silent stack -- egress-intent.mjs.map < LOG: prints the log of a bundle with the places of its stacks in the sources.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { withOriginalFrames } from './original-frames.ts';

const [map] = process.argv.slice(2);
if (map === undefined || map === '--help') {
  process.stderr.write('usage: npm run --silent stack -- egress-intent.mjs.map < LOG\n');
  process.exitCode = 2;
} else process.stdout.write(withOriginalFrames(await text(process.stdin), await readFile(map, 'utf8')));
