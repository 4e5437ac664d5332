import { ConsoleLogger } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import type { Config } from '../../config';
import { currentRequestId } from '../http/request-facts';

/** Contexts in which Nest logs its own setup, which operators don't need. */
const assembly = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Logs one line per event, for people or as JSON for machines; in colour only on a terminal. */
export class Logger extends ConsoleLogger {
  constructor(format: Config['log']) {
    const json = format === 'json';
    super(json ? { json, colors: false } : { colors: process.stdout.isTTY === true });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!assembly.has(String(rest.at(-1)))) super.log(message, ...rest);
  }

  protected override stringifyMessage(
    ...[message, level]: Parameters<ConsoleLogger['stringifyMessage']>
  ): string {
    const text = super.stringifyMessage(message, level);
    const requestId = currentRequestId();
    return requestId === undefined ? text : `${requestId} ${text}`;
  }

  /** Adds the fields of messages that are objects. */
  protected override getJsonLogObject(
    ...[message, options]: Parameters<ConsoleLogger['getJsonLogObject']>
  ) {
    const line = super.getJsonLogObject(message, options);
    const fields = typeof message === 'object' ? message : {};
    return { ...line, ...fields, requestId: currentRequestId(), traceId: currentTraceId() };
  }
}

/** Returns the trace id of the request that is being answered, if it is traced. */
function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
