import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { ApiAnswer, ApiFailures } from '../../platform/http/answers';
import { Architecture } from './catalogue.dto';
import { ArchitecturesService } from './architectures.service';

@ApiTags('architectures')
@ApiFailures('UNAUTHORIZED')
@Controller('architectures')
export class ArchitecturesController {
  constructor(private readonly architectures: ArchitecturesService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listArchitectures', summary: 'Every network there is' })
  @ApiAnswer(200, [Architecture], 'The architectures')
  list() {
    return this.architectures.list();
  }
}
