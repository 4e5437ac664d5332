import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { NeedsScope } from '../platform/auth/needs-scope';
import {
  ApiAnswerNothing,
  ApiAnswerOneOf,
  ApiAnswerPageOfOneOf,
  ApiFailures,
  ApiBodyOneOf,
} from '../platform/http/answers';
import { Idempotent } from '../platform/idempotency/idempotent';
import { createJob, job, JobListQuery, JobParams, jobSummary, jobType } from './job.dto';
import { JobEventStreams } from './job-event-streams';
import { JobsService } from './jobs.service';

const eventStreamExample = `id: 1
event: state
data: {"type":"state","state":"queued","attempt":0}

id: 4
event: epoch
data: {"type":"epoch","epoch":1,"step":32,"trainLoss":1.91,"trainTop1":0.34,"validationLoss":1.62,"top1":0.46,"top5":0.92,"imagesPerSecond":47.9,"etaSeconds":75.5,"progress":0.2}

`;

@ApiTags('jobs')
@ApiFailures('UNAUTHORIZED')
@Controller('jobs')
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly streams: JobEventStreams,
  ) {}

  @Post()
  @NeedsScope('train')
  @Idempotent()
  @ApiOperation({ operationId: 'createJob', summary: 'Start a job' })
  @ApiBodyOneOf(createJob)
  @ApiAnswerOneOf(202, job, 'The job, waiting for a worker')
  @ApiFailures('INVALID_JSON', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'INVALID_REQUEST')
  // Validated by the service, so that one answer names the problems of both shape and content.
  create(@Body() body: unknown) {
    return this.jobs.create(body);
  }

  @Get()
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'Jobs, newest first',
    description: 'Omits histories and recipes, which `GET jobs/{id}` returns.',
  })
  @ApiQuery({
    name: 'type',
    required: false,
    description: 'Only jobs of this type',
    schema: { $ref: getSchemaPath(jobType) },
  })
  @ApiAnswerPageOfOneOf(jobSummary, 'A page of jobs')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() query: JobListQuery) {
    return this.jobs.list(query);
  }

  @Get(':id')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getJob', summary: 'One job' })
  @ApiAnswerOneOf(200, job, 'The job')
  @ApiFailures('JOB_NOT_FOUND', 'INVALID_REQUEST')
  get(@Param() { id }: JobParams) {
    return this.jobs.get(id);
  }

  @Post(':id/cancel')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'cancelJob',
    summary: 'Stop a job',
    description: 'A queued job ends at once, a running one after its current step.',
  })
  @ApiAnswerOneOf(202, job, 'The job, cancelled or about to be cancelled')
  @ApiFailures('JOB_NOT_FOUND', 'JOB_FINISHED', 'INVALID_REQUEST')
  cancel(@Param() { id }: JobParams) {
    return this.jobs.cancel(id);
  }

  @Delete(':id')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'deleteJob',
    summary: 'Delete a job that has ended',
    description:
      'Deletes its events too. Its results stay and keep their metrics, recipe and times.',
  })
  @ApiAnswerNothing()
  @ApiFailures('JOB_NOT_FOUND', 'JOB_UNFINISHED', 'INVALID_REQUEST')
  delete(@Param() { id }: JobParams) {
    return this.jobs.delete(id);
  }

  @Get(':id/events')
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'followJob',
    summary: 'Follow the events of a job',
    description:
      'Server-sent events in ascending order of their numbers. The data of each is a `JobEvent`: `state` for any job; ' +
      '`started`, `step` (at most one per second) and `epoch` for a fine-tune; `progress` for the other types. A few hundred ' +
      '`step` and `progress` events are kept, evenly spread. The stream starts after Last-Event-ID and ends with a terminal ' +
      'state; comments keep a quiet connection open. Answers 204 if the job has ended and no event follows Last-Event-ID.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({
    name: 'lastEventId',
    required: false,
    description: 'For clients that cannot set the header',
    schema: { type: 'integer', minimum: 0 },
  })
  @ApiProduces('text/event-stream')
  @ApiResponse({
    status: 200,
    description: 'The stream of events',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: eventStreamExample } },
  })
  @ApiResponse({ status: 204, description: 'The job has ended and no events follow' })
  @ApiFailures('JOB_NOT_FOUND', 'INVALID_REQUEST')
  async follow(
    @Param() { id }: JobParams,
    @Headers('Last-Event-ID') header: string | undefined,
    @Query('lastEventId') query: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    await this.streams.send(id, header ?? query, response);
  }
}
