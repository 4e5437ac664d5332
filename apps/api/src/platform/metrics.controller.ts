import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { NeedsScope } from './auth/needs-scope';
import { ApiFailures } from './http/answers';
import { Metrics } from './observability/metrics';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

@ApiTags('metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @NeedsScope('read')
  @Header('Content-Type', contentType)
  @ApiOperation({ operationId: 'getMetrics', summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiResponse({
    status: 200,
    description: "Metrics in Prometheus's text format",
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  @ApiFailures('UNAUTHORIZED')
  get(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
