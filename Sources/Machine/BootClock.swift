import Foundation

/// Time since the computer was switched on, sleep included: it never jumps when somebody sets the clock (clock_gettime(2), CLOCK_BOOTTIME).
public enum BootClock {
    /// Asked of the kernel each time.
    public static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
