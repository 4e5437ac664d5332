import { ConsoleLogger } from '@nestjs/common';

/** Nest's account of its own assembly: of use to nobody who runs the product. */
const assembly = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** One line an event; colours only where a person watches. */
export class Logger extends ConsoleLogger {
  constructor() {
    super({ colors: process.stdout.isTTY === true });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!assembly.has(String(rest.at(-1)))) super.log(message, ...rest);
  }
}
