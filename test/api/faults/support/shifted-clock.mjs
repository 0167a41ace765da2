// Preloaded into `airpin serve`: its clock is off by the seconds in the file that AIRPIN_CLOCK_FILE names.
import { readFileSync } from "node:fs"

const RealDate = Date
let offMs = 0
const read = () => {
    try {
        offMs = Number(readFileSync(process.env.AIRPIN_CLOCK_FILE, "utf8")) * 1000
    } catch {
        offMs = 0
    }
}
read()
setInterval(read, 50).unref()

globalThis.Date = class extends RealDate {
    constructor(...args) {
        super(...(args.length > 0 ? args : [RealDate.now() + offMs]))
    }

    static now() {
        return RealDate.now() + offMs
    }
}
