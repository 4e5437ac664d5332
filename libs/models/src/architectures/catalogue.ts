import type { Architecture } from '../architecture';
export declare function listArchitectures(): readonly Architecture[];
export declare function findArchitecture(name: string): Architecture;
export declare function checkImageSize(architecture: Architecture, size: number): void;
