/** A fresh Debian in a folder of this machine, entered by chroot. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { networkEnvironment, sourcesFor } from './settings';

const execute = promisify(execFile);
const release = 'trixie';
const certificates = '/usr/local/share/ca-certificates';

export class Machine {
  /** @param folder empty, and open to all accounts; removed by those who made it */
  constructor(readonly folder: string) {}

  /** Installs the system with its own Node and npm, and adds an ordinary user. */
  async install(user: string): Promise<void> {
    const { mirror, list } = sourcesFor(release);
    await execute('debootstrap', ['--variant=minbase', release, this.folder, mirror]);
    this.write('etc/apt/sources.list', list);
    this.write('etc/dpkg/dpkg.cfg.d/unsafe-io', 'force-unsafe-io\n');
    for (const name of readdirSync('/etc/apt/apt.conf.d')) {
      const settings = readFileSync(join('/etc/apt/apt.conf.d', name), 'utf8');
      if (/Acquire/i.test(settings)) this.write(join('etc/apt/apt.conf.d', name), settings);
    }
    for (const path of ['/etc/resolv.conf', '/etc/hosts', certificates]) this.copy(path);
    await execute('mount', ['-t', 'proc', 'proc', this.path('proc')]);
    for (const name of ['dev', 'sys']) {
      await execute('mount', ['--rbind', `/${name}`, this.path(name)]);
    }
    await this.run('apt-get', 'update', '-qq');
    await this.run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'ca-certificates');
    await this.run('update-ca-certificates');
    await this.run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'nodejs', 'npm');
    for (const path of Object.values(networkEnvironment())) {
      if (path.startsWith('/') && existsSync(path) && !existsSync(this.path(path))) this.copy(path);
    }
    await this.run('useradd', '--create-home', '--shell', '/bin/bash', user);
    await this.copyNpmSettings('/root');
    await this.copyNpmSettings(`/home/${user}`);
  }

  path(inside: string): string {
    return join(this.folder, inside);
  }

  /** Clones the project into a folder there, which then belongs to its user. */
  async clone(project: string, folder: string, user: string): Promise<void> {
    await execute('git', ['clone', '-q', '--no-hardlinks', project, this.path(folder)]);
    await this.run('chown', '-R', `${user}:`, folder);
  }

  /** Starts a command in a folder there as one of its users. */
  spawn(user: string, folder: string, environment: object, command: string[]): ChildProcess {
    const home = user === 'root' ? '/root' : `/home/${user}`;
    const enter = [`--userspec=${user}:${user}`, this.folder, 'env', '-C', folder];
    return spawn('chroot', [...enter, ...command], {
      env: { ...this.environment(), HOME: home, USER: user, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Returns the numbers and command lines of the processes that run there. */
  processes(): { pid: number; command: string; uid: number }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          if (readlinkSync(`/proc/${name}/root`) !== this.folder) return [];
          const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
          const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))![1];
          return [{ pid: Number(name), command, uid: Number(uid) }];
        } catch {
          return [];
        }
      });
  }

  private async run(...command: string[]): Promise<void> {
    const maxBuffer = 2 ** 26;
    await execute('chroot', [this.folder, ...command], { env: this.environment(), maxBuffer });
  }

  private environment(): Record<string, string> {
    return {
      ...networkEnvironment(),
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      DEBIAN_FRONTEND: 'noninteractive',
    };
  }

  private async copyNpmSettings(home: string): Promise<void> {
    const files = ['globalconfig', 'userconfig'].map((name) =>
      execute('npm', ['config', 'get', name]),
    );
    const paths = (await Promise.all(files)).map(({ stdout }) => stdout.trim()).filter(existsSync);
    const settings = paths.map((path) => readFileSync(path, 'utf8')).join('\n');
    writeFileSync(this.path(join(home, '.npmrc')), settings, { mode: 0o600 });
    await this.run('chown', '--reference', home, join(home, '.npmrc'));
  }

  private copy(path: string): void {
    if (!existsSync(path)) return;
    mkdirSync(dirname(this.path(path)), { recursive: true });
    cpSync(path, this.path(path), { recursive: true, dereference: true });
  }

  private write(path: string, text: string): void {
    writeFileSync(this.path(path), text);
  }
}
