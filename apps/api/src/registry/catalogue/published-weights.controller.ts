import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { ApiAnswer, ApiFailures } from '../../platform/http/answers';
import { Checkpoint } from './catalogue.dto';
import { PublishedWeightsService } from './published-weights.service';

@ApiTags('checkpoints')
@ApiFailures('UNAUTHORIZED')
@Controller('checkpoints')
export class PublishedWeightsController {
  constructor(private readonly published: PublishedWeightsService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listCheckpoints', summary: 'All published weights there are' })
  @ApiAnswer(200, [Checkpoint], 'The checkpoints, by architecture')
  list() {
    return this.published.list();
  }
}
