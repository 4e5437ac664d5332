/** A reference to a version of a model; without version and alias it means the latest. */
export interface ModelSelector {
  model: string;
  version?: number;
  alias?: string;
}

/** Parses `name`, `name:3` or `name@alias`; returns null for anything else. */
export function parseModelReference(text: string): ModelSelector | null {
  const match = /^(?<model>[\w.-]+)(?::(?<version>[1-9]\d{0,8})|@(?<alias>[\w.-]+))?$/.exec(text);
  if (!match) return null;
  const { model, version, alias } = match.groups as Record<string, string | undefined>;
  return {
    model: model!,
    ...(version ? { version: Number(version) } : {}),
    ...(alias ? { alias } : {}),
  };
}
