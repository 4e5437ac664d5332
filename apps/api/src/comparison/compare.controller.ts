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
    summary: 'Versions side by side: accuracy, speed, size, training time',
    description:
      'Speed is what jobs of type `benchmark` measured, the newest figures of each setting.',
  })
  @ApiAnswerPage(Comparison, 'In the order of the query, or those that were measured last')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() query: CompareQuery) {
    return this.compare.compare(query);
  }
}
