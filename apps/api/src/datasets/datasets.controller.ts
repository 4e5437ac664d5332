import { nameEncodings } from '@coatrack/training';
import { Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { NeedsScope } from '../platform/auth/needs-scope';
import {
  ApiAnswer,
  ApiAnswerBytes,
  ApiAnswerNothing,
  ApiAnswerPage,
  ApiFailures,
} from '../platform/http/answers';
import { Idempotent } from '../platform/idempotency/idempotent';
import { sendBytes } from '../platform/http/send-bytes';
import { AugmentedImagesService } from './augmented-images.service';
import {
  AugmentedQuery,
  Dataset,
  DatasetListQuery,
  DatasetSummary,
  DatasetUploadQuery,
  ImagePage,
  ImageQuery,
  ImageSizeQuery,
} from './dataset.dto';
import { DatasetUploadService } from './dataset-upload.service';
import { DatasetsService } from './datasets.service';

@ApiTags('datasets')
@ApiFailures('UNAUTHORIZED')
@Controller('datasets')
export class DatasetsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly uploads: DatasetUploadService,
    private readonly augmentedImages: AugmentedImagesService,
  ) {}

  @Post()
  @NeedsScope('train')
  @Idempotent()
  @ApiOperation({
    operationId: 'createDataset',
    summary: 'Upload an archive of class folders',
    description:
      'A zip, .tar or .tar.gz file with one folder per class: `rose/1.jpg`, `tulip/2.png`. A common parent folder is fine. ' +
      'Folders named train, valid and test around the class folders become the splits of the dataset. ' +
      'Files that are not images are skipped and listed under `skipped`.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['name', 'file'],
      properties: {
        name: { type: 'string', example: 'flowers' },
        nameEncoding: {
          type: 'string',
          enum: [...nameEncodings],
          description: 'Like the parameter of that name',
        },
        file: {
          type: 'string',
          format: 'binary',
          description:
            'The archive, as the last field: the fields before it are checked before it is read',
        },
      },
    },
  })
  @ApiAnswer(201, Dataset, 'The dataset')
  @ApiFailures(
    'INVALID_JSON',
    'DATASET_EXISTS',
    'TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'INVALID_REQUEST',
    'INVALID_DATASET',
  )
  create(@Req() request: Request, @Query() query: DatasetUploadQuery) {
    return this.uploads.create(request, query);
  }

  @Get()
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listDatasets', summary: 'Datasets, newest first' })
  @ApiAnswerPage(DatasetSummary, 'A page of datasets')
  @ApiFailures('INVALID_REQUEST')
  list(@Query() page: DatasetListQuery) {
    return this.datasets.list(page);
  }

  @Get(':id')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getDataset', summary: 'One dataset' })
  @ApiAnswer(200, Dataset, 'The dataset')
  @ApiFailures('DATASET_NOT_FOUND')
  get(@Param('id') id: string) {
    return this.datasets.get(id);
  }

  @Delete(':id')
  @NeedsScope('train')
  @ApiOperation({
    operationId: 'deleteDataset',
    summary: 'Delete a dataset',
    description: 'Finished jobs and the versions they created keep its name.',
  })
  @ApiAnswerNothing()
  @ApiFailures('DATASET_NOT_FOUND', 'DATASET_IN_USE')
  delete(@Param('id') id: string) {
    return this.datasets.delete(id);
  }

  @Get(':id/images')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'listDatasetImages', summary: 'List the images by class' })
  @ApiAnswer(200, ImagePage, 'A page of images')
  @ApiFailures('DATASET_NOT_FOUND', 'INVALID_REQUEST')
  images(@Param('id') id: string, @Query() query: ImageQuery) {
    return this.datasets.images(id, query);
  }

  @Get(':id/images/:index')
  @NeedsScope('read')
  @ApiOperation({ operationId: 'getDatasetImage', summary: 'One image, or its thumbnail' })
  @ApiAnswerBytes('image/*', 'The image')
  @ApiFailures('DATASET_NOT_FOUND', 'IMAGE_NOT_FOUND', 'INVALID_REQUEST')
  async image(
    @Param('id') id: string,
    @Param('index') index: string,
    @Query() { size }: ImageSizeQuery,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    await sendBytes(request, response, await this.datasets.image(id, index, size));
  }

  @Get(':id/augmented')
  @NeedsScope('read')
  @ApiOperation({
    operationId: 'getAugmentedImages',
    summary: 'A sheet of images as a training sees them',
    description:
      'Images from all over the dataset, augmented by a recipe as in a training with its seed, and mixed with each other as one batch: ' +
      'one WebP image.',
  })
  @ApiAnswerBytes('image/webp', 'The sheet')
  @ApiFailures('DATASET_NOT_FOUND', 'INVALID_REQUEST')
  async augmented(
    @Param('id') id: string,
    @Query() query: AugmentedQuery,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    await sendBytes(request, response, await this.augmentedImages.sheet(id, query));
  }
}
