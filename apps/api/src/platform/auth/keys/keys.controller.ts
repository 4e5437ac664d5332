import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswer, ApiAnswerNothing, ApiAnswerPage, ApiFailures } from '../../http/answers';
import { NeedsScope } from '../needs-scope';
import { ApiKey, ApiKeyQuery, CreatedApiKey, NewApiKey } from './key.dto';
import { KeysService } from './keys.service';

@ApiTags('keys')
@ApiFailures('UNAUTHORIZED')
@Controller('keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Post()
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'createKey', summary: 'Create a key' })
  @ApiAnswer(201, CreatedApiKey, 'The key, shown only once')
  @ApiFailures(
    'INVALID_JSON',
    'INVALID_REQUEST',
    'KEY_EXISTS',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
  )
  create(@Body() body: NewApiKey) {
    return this.keys.create(body);
  }

  @Get()
  @NeedsScope('admin')
  @ApiOperation({ operationId: 'listKeys', summary: 'List keys by name' })
  @ApiAnswerPage(ApiKey, 'A page of keys')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() query: ApiKeyQuery) {
    return this.keys.list(query);
  }

  @Delete(':id')
  @NeedsScope('admin')
  @ApiOperation({
    operationId: 'deleteKey',
    summary: 'Revoke a key',
    description:
      'The key stops working at once, in other processes within two seconds, and sessions that were opened with it end. The ' +
      'key `admin` cannot be revoked: change it where it is set.',
  })
  @ApiAnswerNothing()
  @ApiFailures('KEY_NOT_FOUND', 'ADMIN_KEY_FIXED')
  delete(@Param('id') id: string) {
    return this.keys.delete(id);
  }
}
