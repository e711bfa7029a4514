extension ProgressSink {
    /// One part of something long, with its progress; the body gives its value and a few words about it.
    /// - Parameter changed: whether it changes something, or only looks.
    public func part<Value>(
        _ name: String, changed: Bool = true,
        _ body: (@escaping @Sendable (String) async -> Void) async throws -> (Value, String)
    ) async throws -> Value {
        let start = ContinuousClock.now
        await report(.started(step: name))
        do {
            let (value, summary) = try await body { await self.report(.detail(step: name, $0)) }
            await report(.finished(step: name, summary: summary, changed: changed, took: start.duration(to: .now)))
            return value
        } catch {
            await report(.failed(step: name, took: start.duration(to: .now)))
            throw error
        }
    }
}
