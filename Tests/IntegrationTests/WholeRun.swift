import Foundation

/// Whether somebody has the time for all of it: `./kopnik-test whole`. The run that fits into an hour leaves out what repeats the same fault in
/// another place.
enum WholeRun {
    static let isAsked = ProcessInfo.processInfo.environment["KOPNIK_TEST_WHOLE"] == "1"
}
