/**
 * Start of the day of this release, Unix seconds: a clock that shows less is
 * wrong. To be raised with each release (.github/CONTRIBUTING.md).
 */
export const RELEASED_S = Date.UTC(2026, 10, 28) / 1000
