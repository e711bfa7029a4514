/// When jobs are due, by time since boot: a pure value.
struct Schedule: Sendable, Equatable {
    /// One thing that is done again and again.
    struct Job: Sendable, Equatable {
        var name: String
        var period: Duration
        /// After a failure it is tried again sooner: first after this long, then each time after twice as long, up to the period.
        var retry: Duration

        init(_ name: String, every period: Duration, retry: Duration) {
            self.name = name
            self.period = period
            self.retry = retry
        }
    }

    private struct Entry: Sendable, Equatable {
        var job: Job
        var due: Duration
        var failures = 0
    }

    private var entries: [Entry]

    /// Every job is due at once.
    init(_ jobs: [Job], now: Duration) {
        entries = jobs.map { Entry(job: $0, due: now) }
    }

    /// The names of the jobs that are due.
    func due(at now: Duration) -> [String] { entries.filter { $0.due <= now }.map(\.job.name) }

    /// Notes how a job ended, and when it is due again.
    mutating func finished(_ name: String, well: Bool, at now: Duration) {
        guard let index = entries.firstIndex(where: { $0.job.name == name }) else { return }
        if well {
            entries[index].failures = 0
            entries[index].due = now + entries[index].job.period
        } else {
            let wait = entries[index].job.retry * (1 << min(entries[index].failures, 16))
            entries[index].failures += 1
            entries[index].due = now + min(wait, entries[index].job.period)
        }
    }
}
