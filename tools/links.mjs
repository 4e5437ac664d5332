/** Part of `npm run lint`: checks that every relative link in the documentation leads to a file or a folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './command.mjs';

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' });
const broken = pages
  .split('\n')
  .filter((page) => page)
  .flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\((?:<([^>]+)>|([^)\s]+))\)/g)].map(([, a, b]) => a ?? b);
    return links
      .filter((link) => !/^(\w+:|#)/.test(link))
      .filter((link) => !existsSync(join(root, dirname(page), link.split('#')[0])))
      .map((link) => `${page}: ${link}`);
  });
if (broken.length > 0) {
  console.error(`These links are broken:\n  ${broken.join('\n  ')}`);
  process.exit(1);
}
