import assert from "node:assert/strict"
import { DatabaseSync } from "@photostructure/sqlite"
import { Query } from "../../devs/api/store/query.ts"

describe("a query", () => {
    const database = new DatabaseSync(":memory:")
    after(() => database.close())

    const query = (columns: ("one" | "two")[]) =>
        new Query<{ at: number }, { one: number; two: number }>(database, "SELECT :at AS one, 2 AS two", columns)

    it("returns typed rows for named parameters", () => {
        assert.deepEqual({ ...query(["two", "one"]).first({ at: 1 }) }, { one: 1, two: 2 })
        assert.equal(query(["one", "two"]).all({ at: 5 }).length, 1)
    })

    it("is refused when its columns are not those of its row", () => {
        assert.throws(() => query(["one"]), /returns one, two, but its row has one:/)
    })
})
