import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { Dataset } from '../dataset.dto';
import { ApiAnswer, ApiFailures } from '../../platform/http/answers';
import { Idempotent } from '../../platform/idempotency/idempotent';
import { Sample, SamplesService } from './samples.service';

@ApiTags('samples')
@ApiFailures('UNAUTHORIZED')
@Controller('samples')
export class SamplesController {
  constructor(private readonly samples: SamplesService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listSamples', summary: 'Sample datasets to start with' })
  @ApiAnswer(200, [Sample], 'The samples')
  list() {
    return this.samples.list();
  }

  @Post(':name')
  @NeedsScope('train')
  @Idempotent()
  @ApiOperation({ operationId: 'createSample', summary: 'Create a dataset from a sample' })
  @ApiAnswer(201, Dataset, 'An ordinary dataset, named like the sample')
  @ApiFailures('SAMPLE_NOT_FOUND', 'DATASET_EXISTS')
  create(@Param('name') name: string) {
    return this.samples.create(name);
  }
}
