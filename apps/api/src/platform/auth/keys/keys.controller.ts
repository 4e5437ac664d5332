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
  @ApiOperation({ operationId: 'createKey', summary: 'Make a key' })
  @ApiAnswer(201, CreatedApiKey, 'The key, shown this once')
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
  @ApiOperation({ operationId: 'listKeys', summary: 'Keys by name, page by page' })
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
      'It stops working at once, on other processes within two seconds; sessions that were opened with it end. The key ' +
      '`admin` is changed where it is set.',
  })
  @ApiAnswerNothing()
  @ApiFailures('KEY_NOT_FOUND', 'ADMIN_KEY_FIXED')
  delete(@Param('id') id: string) {
    return this.keys.delete(id);
  }
}
