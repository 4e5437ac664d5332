import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { Answers, Fails } from '../../platform/http/answers';
import { Checkpoint } from './checkpoint.dto';
import { CheckpointsService } from './checkpoints.service';

@ApiTags('checkpoints')
@Fails('UNAUTHORIZED')
@Controller('checkpoints')
export class CheckpointsController {
  constructor(private readonly checkpoints: CheckpointsService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listCheckpoints', summary: 'All published weights there are' })
  @Answers(200, [Checkpoint], 'The checkpoints, by architecture')
  list() {
    return this.checkpoints.list();
  }
}
