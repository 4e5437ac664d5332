/** This machine's own settings for packages, for a machine with another release of Debian. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Source {
  uri: string;
  suite: string;
  components: string;
}

const ownRelease = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];

/** Returns where this machine gets Debian itself from, as the lines of a sources.list of another release. */
export function sourcesFor(release: string): { mirror: string; list: string } {
  const suites = ['', '-updates', '-security'].map((part) => `${ownRelease}${part}`);
  const sources = readSources().filter(({ suite }) => suites.includes(suite));
  const main = sources.find(({ suite }) => suite === ownRelease);
  if (!main) throw new Error(`No source of apt's names ${ownRelease}, this machine's release.`);
  const line = ({ uri, suite, components }: Source) =>
    `deb ${uri} ${suite.replace(ownRelease!, release)} ${components}\n`;
  return { mirror: main.uri, list: sources.map(line).join('') };
}

/** Reads both of apt's formats: a line per source, and paragraphs of fields. */
function readSources(): Source[] {
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...readdirSync(folder).map((name) => join(folder, name))];
  return files.filter(existsSync).flatMap((file) => {
    const text = readFileSync(file, 'utf8').replace(/^#.*\n?/gm, '');
    return file.endsWith('.sources') ? readFields(text) : readLines(text);
  });
}

function readLines(text: string): Source[] {
  const lines = text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/gm);
  return [...lines].map(([, uri, suite, components]) => ({
    uri: uri!,
    suite: suite!,
    components: components!,
  }));
}

function readFields(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap((paragraph) => {
    const field = (name: string) =>
      new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(paragraph)?.[1]?.trim() ?? '';
    const words = (name: string) => field(name).split(/\s+/).filter(Boolean);
    return words('URIs').flatMap((uri) =>
      words('Suites').map((suite) => ({ uri, suite, components: field('Components') })),
    );
  });
}

/** Returns the environment that leads to the network from here, without what else this process has in its own. */
export function networkEnvironment(): Record<string, string> {
  const names = /^((https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/i;
  const entries = Object.entries(process.env).filter(([name]) => names.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}
