/// What is worked out once by whoever asks first; all others wait for the same answer, however many ask at the same time.
///
/// (An actor alone does not see to that: while its method waits, others come in.)
public actor Once<Key: Hashable & Sendable, Value: Sendable> {
    private var tasks: [Key: Task<Value, any Error>] = [:]

    /// Nothing is known yet.
    public init() {}

    /// The value of a key. One that could not be had is tried again by the next who asks.
    public func value(_ key: Key, _ make: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = tasks[key] ?? Task { try await make() }
        tasks[key] = task
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            if tasks[key] == task { tasks[key] = nil }
            throw error
        }
    }

    /// It is worked out anew by whoever asks next.
    public func forget(_ key: Key) { tasks[key] = nil }

    /// This is the value from now on.
    public func set(_ key: Key, to value: Value) { tasks[key] = Task { value } }
}
