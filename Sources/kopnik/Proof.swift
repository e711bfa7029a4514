import Deployment
import Machine
import Verify

/// The full proof after something was changed.
enum Proof {
    /// - Throws: `ExitStatus.failed` where a requirement is broken, after telling which.
    static func give(_ deployment: Deployment, on terminal: Terminal) async throws {
        let progress = deployment.world.progress
        let start = ContinuousClock.now
        let step = "Verified"
        await progress.report(.started(step: step))
        let report = try await deployment.verification().run { await progress.report(.detail(step: step, $0)) }
        let took = start.duration(to: .now)
        // Broken off, it saw little: that is no finding.
        if Task.isCancelled {
            await progress.report(.failed(step: step, took: took))
            throw CancellationError()
        }
        deployment.keep(report)
        guard !report.isGood else {
            return await progress.report(.finished(step: step, summary: report.summary, changed: false, took: took))
        }
        await progress.report(.failed(step: step, took: took))
        tell(report.text(on: terminal))
        throw ExitStatus.failed
    }
}
