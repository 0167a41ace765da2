/** Error codes of `airpin setup`. */
import type { ErrorRow } from "./row.ts"

export const setupErrors = {
    SETUP_NOT_ASKED: {
        exit: 2,
        what: "A question of airpin setup has no answer: nobody can be asked, and the file of answers does not have it.",
        next: "run airpin setup in a terminal, or put the answer into the file of --answers",
    },
    SETUP_ANSWERS_UNREADABLE: {
        exit: 2,
        what: "The file of --answers is not JSON5, or names a question that is not asked.",
        next: "correct the file; airpin setup --help lists the names",
    },
    SETUP_ANSWER_INVALID: {
        exit: 2,
        what: "The answer to a question of airpin setup is none of those possible.",
        next: "give one of the answers that the question names",
    },
    SETUP_DECLINED: {
        exit: 1,
        what: "A step of airpin setup was declined, and the steps after it need it.",
        next: "run airpin setup again: the answers so far are offered",
    },
    SETUP_NO_READING: {
        exit: 1,
        what: "The device is set up, but no reading of it has reached the server in time.",
        next: "see the device's panel or log for what keeps it from posting",
    },
} satisfies Record<string, ErrorRow>
