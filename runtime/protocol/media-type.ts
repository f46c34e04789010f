/** The content type of batch requests and their answers. */
export const batchMediaType = 'application/vnd.millrace.batch.v1+protobuf'

/** Carries the version that discovery would give now, in every answer of an endpoint. */
export const versionHeader = 'millrace-version'

/** True for the batch content type, whatever parameters or letter case it comes with. */
export const isBatchMediaType = (contentType: string | null | undefined): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === batchMediaType
