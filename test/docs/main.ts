// `npm run docs`: writes the pages of docs/ that come from tables in the source.
import { writeFileSync } from 'node:fs';
import { pages } from './pages.ts';

for (const { file, text } of await pages()) writeFileSync(file, text);
