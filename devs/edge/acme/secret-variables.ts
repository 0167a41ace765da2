/** Secrets of airpin in its environment that no other program gets: an `env` for `runCommand` that removes them. */
export const SECRET_VARIABLES = {
    DATABASE_URL: undefined,
    ACME_EAB_HMAC_KEY: undefined,
} as const satisfies Record<string, undefined>
