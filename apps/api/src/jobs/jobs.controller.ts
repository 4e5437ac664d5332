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
  // Not validated by its class alone: one answer names what is wrong with the shape and the content.
  create(@Body() body: unknown) {
    return this.jobs.create(body);
  }

  @Get()
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'Jobs, newest first',
    description: 'Without histories and recipes: `GET jobs/{id}` has them.',
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
    description: 'A queued job ends at once, a running one after the step that it is in.',
  })
  @ApiAnswerOneOf(202, job, 'The job, cancelled or about to be')
  @ApiFailures('JOB_NOT_FOUND', 'JOB_FINISHED', 'INVALID_REQUEST')
  cancel(@Param() { id }: JobParams) {
    return this.jobs.cancel(id);
  }

  @Delete(':id')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'deleteJob',
    summary: 'Delete a job that has ended',
    description: 'With its events. What it made stays, and keeps its metrics, recipe and times.',
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
    summary: 'What happens to a job, live',
    description:
      'Server-sent events, in ascending order of their numbers; the data of each is a `JobEvent`: `state`; of a fine-tune ' +
      '`started`, `step` (one per second at most) and `epoch`; of any other job `progress`. Of `step` and `progress` a few ' +
      'hundred are kept, evenly spread. Starts after Last-Event-ID, ends after a terminal state; a comment keeps a quiet ' +
      'connection open. 204 when the job has ended and there is nothing after Last-Event-ID.',
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
    description: 'The stream',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: eventStreamExample } },
  })
  @ApiResponse({ status: 204, description: 'Nothing will come any more' })
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
