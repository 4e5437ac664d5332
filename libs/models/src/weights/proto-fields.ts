import type { IField } from 'protobufjs/light';

/** A field of a Protocol Buffers message, by its type and number. */
export const one = (type: string, id: number): IField => ({ type, id });
export const many = (type: string, id: number): IField => ({ rule: 'repeated', type, id });
