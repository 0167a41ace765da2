import assert from "node:assert/strict"
import { AirpinError } from "../../certs/error.ts"

/** For `assert.throws` and `assert.rejects`: an AirpinError of this code, and no other error. */
export function hasCode(code: string) {
    return (error: unknown): true => {
        assert.equal(error instanceof AirpinError ? error.code : error, code)
        return true
    }
}
