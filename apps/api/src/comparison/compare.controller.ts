import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../platform/auth/needs-scope';
import { ApiAnswerPage, ApiFailures } from '../platform/http/answers';
import { Comparison, CompareQuery } from './compare.dto';
import { CompareService } from './compare.service';

@ApiTags('compare')
@ApiFailures('UNAUTHORIZED')
@Controller('compare')
export class CompareController {
  constructor(private readonly compare: CompareService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'compareVersions',
    summary: 'Compare versions: accuracy, speed, size, training time',
    description:
      'Speed comes from jobs of type `benchmark`, with the newest measurement of each setting.',
  })
  @ApiAnswerPage(
    Comparison,
    'The versions in the order of the query, or the most recently measured ones',
  )
  @ApiFailures('INVALID_REQUEST')
  list(@Query() query: CompareQuery) {
    return this.compare.compare(query);
  }
}
