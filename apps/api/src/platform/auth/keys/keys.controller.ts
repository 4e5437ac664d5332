import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, AnswersNothing, AnswersPage, Fails } from '../../http/answers';
import { NeedsScope } from '../needs-scope';
import { ApiKey, ApiKeyQuery, CreatedApiKey, NewApiKey } from './key.dto';
import { KeysService } from './keys.service';

@ApiTags('keys')
@Fails('UNAUTHORIZED')
@Controller('keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Post()
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'createKey', summary: 'Make a key' })
  @Answers(201, CreatedApiKey, 'The key, shown this once')
  @Fails('INVALID_JSON', 'INVALID_REQUEST', 'KEY_EXISTS', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  create(@Body() body: NewApiKey) {
    return this.keys.create(body);
  }

  @Get()
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'listKeys', summary: 'Keys by name, page by page' })
  @AnswersPage(ApiKey, 'A page of keys')
  @Fails('INVALID_REQUEST')
  list(@Query() query: ApiKeyQuery) {
    return this.keys.list(query);
  }

  @Delete(':id')
  @NeedsScope('admin')
  @ApiOperation({
    operationId: 'deleteKey',
    summary: 'Revoke a key',
    description:
      'It stops working at once, on other processes within two seconds; sessions that were opened with it end. The key ' +
      '`admin` is changed where it is set.',
  })
  @AnswersNothing()
  @Fails('KEY_NOT_FOUND', 'ADMIN_KEY_FIXED')
  delete(@Param('id') id: string) {
    return this.keys.delete(id);
  }
}
