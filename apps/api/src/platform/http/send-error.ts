import { HttpException, Logger, ArgumentsHost, Catch, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DatabaseAwayError } from '../database/database-away';
import { requestIdOf, withRequestId } from './request-facts';
import { DomainError } from '../errors/domain-error';
import { type ErrorCode, statusOfCode } from '../errors/error-codes';
import { type Answer, errorForm } from './problem';
import { StorageFullError } from '../blobs/disk-reserve';

const second = 1000;
/** Roughly the time that Postgres takes to restart. */
const databaseRetryMs = 2 * second;

const codeOfFrameworkStatus: Record<number, ErrorCode> = {
  400: 'INVALID_JSON',
  404: 'NOT_FOUND',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

const logger = new Logger('Request');

/** Turns any error into an answer; unknown errors are logged in full and reported without detail. */
export function sendError(error: unknown, request: Request, response: Response): void {
  const requestId = requestIdOf(response);
  const answer = answerOf(error);
  const retryAfterMs = answer.code === 'DATABASE_UNAVAILABLE' ? databaseRetryMs : retryOf(error);
  if (statusOfCode[answer.code] >= 500) {
    const detail = error instanceof Error ? error.stack : String(error);
    withRequestId(requestId, () => logger.error(`${answer.code}: ${detail}`));
  }
  // A stream that broke midway cannot become a JSON answer; closing the connection tells the client.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const header of ['ETag', 'Cache-Control', 'Content-Disposition', 'Content-Length']) {
    response.removeHeader(header);
  }
  if (retryAfterMs !== undefined) {
    response.setHeader('Retry-After', Math.max(1, Math.ceil(retryAfterMs / second)));
  }
  const { status, body } = errorForm(request.path, answer, requestId);
  // Not Express's json: it costs several times as much, and under overload most answers are errors.
  const text = JSON.stringify(body);
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

function answerOf(error: unknown): Answer {
  if (error instanceof DomainError) {
    const { code, message, problems } = error;
    return problems?.length ? { code, message, problems } : { code, message };
  }
  if (error instanceof StorageFullError) return { code: 'STORAGE_FULL', message: error.message };
  if (isStorageFull(error) || (error instanceof DatabaseAwayError && error.full)) {
    return {
      code: 'STORAGE_FULL',
      message: 'The server is out of disk space: nothing was stored.',
    };
  }
  if (error instanceof DatabaseAwayError) {
    return {
      code: 'DATABASE_UNAVAILABLE',
      message: 'The database is unavailable: nothing was changed. Try again.',
    };
  }
  const status = frameworkStatus(error);
  const code = status === undefined ? undefined : codeOfFrameworkStatus[status];
  if (code) return { code, message: messageOf(code, error as Error) };
  return {
    code: 'INTERNAL',
    message: 'The server failed to handle this request; its log has the details.',
  };
}

function retryOf(error: unknown): number | undefined {
  return error instanceof DomainError ? error.retryAfterMs : undefined;
}

/** Returns the status that Nest's exceptions and body-parser's errors carry. */
function frameworkStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'expose' in error && 'status' in error && error.expose === true) {
    return Number(error.status);
  }
  return undefined;
}

function messageOf(code: ErrorCode, error: Error): string {
  if (code === 'INVALID_JSON') return 'The request could not be read: its body is not valid JSON.';
  if (code === 'TOO_LARGE') return 'The body is larger than this route accepts.';
  return error.message;
}

/** Answers with the errors of routes. */
@Catch()
export class DomainExceptionFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendError(error, http.getRequest<Request>(), http.getResponse<Response>());
  }
}

/** Returns whether the operating system refused a write because of a full disk, a quota or a limit on file sizes. */
function isStorageFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(code));
}
