import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAnswerPage, ApiFailures } from '../../http/answers';
import { NeedsScope } from '../needs-scope';
import { AuditEntry, AuditQuery } from './audit.dto';
import { AuditService } from './audit.service';

@ApiTags('keys')
@ApiFailures('UNAUTHORIZED')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @NeedsScope('admin')
  @ApiOperation({
    operationId: 'listAudit',
    summary: 'Who changed what, newest first',
    description:
      'Lists every request that changes anything, whatever its outcome, and every failed login, but no predictions. ' +
      'Entries appear a moment after the answer and are deleted after COATRACK_AUDIT_DAYS.',
  })
  @ApiAnswerPage(AuditEntry, 'A page of entries')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() query: AuditQuery) {
    return this.audit.list(query);
  }
}
