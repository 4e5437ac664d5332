import { Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { ApiAnswer, ApiAnswerNothing, ApiAnswerPage, ApiFailures } from '../../http/answers';
import { callerOf, addressOf } from '../caller';
import { Identifies, NeedsScope } from '../needs-scope';
import { scopes } from '../scopes';
import { LoginLink, Me, NewSession, Session, SessionQuery } from './session.dto';
import { SessionsService } from './sessions.service';

@ApiTags('keys')
@ApiFailures('UNAUTHORIZED')
@Controller()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get('me')
  @NeedsScope(...scopes)
  @ApiOperation({ operationId: 'getMe', summary: 'The key of this request' })
  @ApiAnswer(200, Me, 'Name and scopes of the key')
  me(@Req() request: Request): Me {
    const { key, sessionId = null } = callerOf(request)!;
    return { key: { id: key.id, name: key.name, scopes: [...key.scopes] }, sessionId };
  }

  @Post('login-links')
  @NeedsScope('admin')
  @Identifies({ by: ['key'] })
  @ApiOperation({
    operationId: 'createLoginLink',
    summary: 'Create a login link for browsers',
    description:
      "The link is the console's address followed by `/login#token=` and the token. It works for 24 hours.",
  })
  @ApiAnswer(201, LoginLink, 'The token, shown only once')
  link(@Req() request: Request) {
    return this.sessions.link(callerOf(request)!);
  }

  @Post('sessions')
  @NeedsScope(...scopes)
  @Identifies({ by: ['key', 'login'] })
  @ApiOperation({
    operationId: 'createSession',
    summary: 'Log a browser in',
    description:
      'Needs a key or the token of a login link. A session may do what its key may. It ends when the key does, after 14 ' +
      'days without use, and after 90 days in any case.',
  })
  @ApiAnswer(201, NewSession, 'The session; its token and proof are shown only once')
  open(@Req() request: Request) {
    const userAgent = request.get('user-agent') ?? '';
    return this.sessions.open(callerOf(request)!, userAgent, addressOf(request));
  }

  @Get('sessions')
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'listSessions', summary: 'List the browsers that are logged in' })
  @ApiAnswerPage(Session, 'A page of sessions, newest first')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() query: SessionQuery, @Req() request: Request) {
    return this.sessions.list(query, callerOf(request)?.sessionId);
  }

  // Must precede `:id`.
  @Delete('sessions/current')
  @NeedsScope(...scopes)
  @Identifies({ by: ['key', 'session'], withoutProof: true })
  @ApiOperation({ operationId: 'deleteCurrentSession', summary: 'Log this browser out' })
  @ApiAnswerNothing()
  @ApiFailures('SESSION_NOT_FOUND')
  endCurrent(@Req() request: Request) {
    return this.sessions.end(callerOf(request)?.sessionId);
  }

  @Delete('sessions/:id')
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'deleteSession', summary: 'Log a browser out' })
  @ApiAnswerNothing()
  @ApiFailures('SESSION_NOT_FOUND')
  end(@Param('id') id: string) {
    return this.sessions.end(/^\d{1,15}$/.test(id) ? Number(id) : undefined);
  }
}
