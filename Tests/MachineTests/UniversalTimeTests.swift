import Foundation
import Machine
import Testing

@Suite struct `A time in UTC` {
    @Test(arguments: [
        (0.0, "1970-01-01", "1970-01-01 00:00 UTC"), (1_764_079_199, "2025-11-25", "2025-11-25 13:59 UTC"),
        (4_102_444_799, "2099-12-31", "2099-12-31 23:59 UTC"),
    ]) func `is told by day and by minute`(seconds: Double, day: String, minute: String) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(date.universalDay == day)
        #expect(date.universalMinute == minute)
    }
}
