/** Schemas of the air in lessons: of the school and of a room. */

export const ppmOrNull = { type: "integer", nullable: true, description: "ppm; null without readings" }
const minutes = (description: string) => ({ type: "number", description: `minutes ${description}` })

export const lessonFigures = {
    meanPpm: { ...ppmOrNull, description: "mean in lessons, ppm; null without readings" },
    maxPpm: { ...ppmOrNull, description: "highest in lessons, ppm; null without readings" },
    fairMinutes: minutes("of lessons at or above the fair limit, by means over 5 minutes; those of poorMinutes too"),
    poorMinutes: minutes("of lessons at or above the poor limit"),
    measuredMinutes: minutes("of lessons with readings"),
    lessonMinutes: minutes("of lessons up to now"),
}
