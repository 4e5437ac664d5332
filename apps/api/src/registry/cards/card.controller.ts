import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { NeedsScope } from '../../platform/auth/needs-scope';
import { ApiFailures } from '../../platform/http/answers';
import { CardService } from './card.service';

@ApiTags('models')
@ApiFailures('UNAUTHORIZED', 'MODEL_NOT_FOUND', 'VERSION_NOT_FOUND')
@Controller('models/:name/versions/:version/card')
export class CardController {
  constructor(private readonly cards: CardService) {}

  @Get()
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'getModelCard',
    summary: "A version's model card",
    description:
      "Markdown with the Hugging Face Hub's YAML front matter. Accuracy claimed by the paper or the " +
      'publisher is listed separately from the accuracy measured here.',
  })
  @ApiResponse({
    status: 200,
    description: 'The card',
    content: { 'text/markdown': { schema: { type: 'string' } } },
  })
  async card(
    @Param('name') name: string,
    @Param('version') version: string,
    @Res() response: Response,
  ): Promise<void> {
    const card = await this.cards.card(name, version);
    response.set({
      'Content-Type': 'text/markdown; charset=utf-8',
      'Content-Disposition': 'inline; filename="README.md"',
      'X-Content-Type-Options': 'nosniff',
    });
    response.send(card);
  }
}
