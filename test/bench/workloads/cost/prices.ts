/**
 * List prices in US dollars, without free allowances, as of November 2026, of AWS in us-east-1 and of Cloudflare's paid
 * plan: aws.amazon.com/s3/pricing (S3 Standard), aws.amazon.com/lambda/pricing (x86), and
 * developers.cloudflare.com/workers/platform/pricing.
 */
export const prices = {
  /** One PUT, or one LIST: they cost the same. Deletes are free. */
  s3Write: 5 / 1e6,
  s3Read: 0.4 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecond: 0.0000166667,
  workersRequest: 0.3 / 1e6,
  workersCpuMs: 0.02 / 1e6,
}

/** What Lambda sells one whole virtual CPU with: durations measured on one core hold for it. */
export const lambdaGb = 1.769
