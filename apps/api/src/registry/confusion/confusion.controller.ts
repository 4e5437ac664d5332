import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { ApiAnswer, ApiFailures } from '../../platform/http/answers';
import { ConfusionQuery, ModelConfusion } from './confusion.dto';
import { ConfusionService } from './confusion.service';

@ApiTags('models')
@ApiFailures('UNAUTHORIZED', 'MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
@Controller('models/:name/versions/:version/confusion')
export class ConfusionController {
  constructor(private readonly confusion: ConfusionService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'getModelConfusion',
    summary: 'Which classes a version confuses',
    description:
      'Counted on the validation images at the end of its fine-tune. Returns the most frequent mistakes and the ' +
      'classes with the lowest recall; `classes` selects classes and a window of the matrix.',
  })
  @ApiAnswer(200, ModelConfusion, 'Counts, most frequent mistakes first')
  @ApiFailures('INVALID_REQUEST')
  describe(
    @Param('name') name: string,
    @Param('version') version: string,
    @Query() query: ConfusionQuery,
  ) {
    return this.confusion.describe(name, version, query);
  }
}
