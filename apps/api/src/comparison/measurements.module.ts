import { Module } from '@nestjs/common';
import { MeasurementStore } from './measurement';
import { TypeormMeasurementStore } from './typeorm-measurement.store';

/** Measurements' rows, for the HTTP process and the workers alike. */
@Module({
  providers: [{ provide: MeasurementStore, useClass: TypeormMeasurementStore }],
  exports: [MeasurementStore],
})
export class MeasurementsModule {}
