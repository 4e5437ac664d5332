import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { ApiAnswer, ApiFailures } from '../../platform/http/answers';
import { Architecture, Checkpoint } from './catalogue.dto';
import { ArchitecturesService, PublishedWeightsService } from './catalogue.service';

@ApiTags('architectures')
@ApiFailures('UNAUTHORIZED')
@Controller('architectures')
export class ArchitecturesController {
  constructor(private readonly architectures: ArchitecturesService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listArchitectures', summary: 'List all architectures' })
  @ApiAnswer(200, [Architecture], 'The architectures')
  list() {
    return this.architectures.list();
  }
}

@ApiTags('checkpoints')
@ApiFailures('UNAUTHORIZED')
@Controller('checkpoints')
export class PublishedWeightsController {
  constructor(private readonly published: PublishedWeightsService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listCheckpoints', summary: 'List all published weights' })
  @ApiAnswer(200, [Checkpoint], 'The checkpoints, by architecture')
  list() {
    return this.published.list();
  }
}
