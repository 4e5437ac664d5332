import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersPage, Fails } from '../../http/answers';
import { NeedsScope } from '../needs-scope';
import { AuditEntry, AuditQuery } from './audit.dto';
import { AuditService } from './audit.service';

@ApiTags('keys')
@Fails('UNAUTHORIZED')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @NeedsScope('admin')
  @ApiOperation({
    operationId: 'listAudit',
    summary: 'Who changed what, newest first',
    description:
      'Every request that changes anything, whatever became of it, and every failed login; predictions are not among them. ' +
      'Entries appear a moment after the answer, and go after COATRACK_AUDIT_DAYS.',
  })
  @AnswersPage(AuditEntry, 'A page of entries')
  @Fails('INVALID_REQUEST')
  list(@Query() query: AuditQuery) {
    return this.audit.list(query);
  }
}
