import Blueprint
import Engine
import Foundation
import Machine
import Site

extension Verification {
    private static let notLooked = Judgement.broken("not looked at")

    /// Looks at all places at once.
    func look(_ places: Set<Place>, _ progress: @escaping @Sendable (String) async -> Void) async -> Sightings {
        // A copy that sends no letters asks nothing of the world.
        let places = site.mail.delivery == .send ? places : places.subtracting([.world])
        @Sendable func timed<Value: Sendable>(_ place: Place, _ look: @Sendable () async throws -> Value) async -> (
            Sight<Value>, Double
        ) {
            guard places.contains(place) else { return (.unseen(Self.notLooked), 0) }
            await progress(place.words)
            let start = ContinuousClock.now
            let sight: Sight<Value>
            do { sight = .seen(try await look()) } catch { sight = .unseen(Self.judgement(error, at: place)) }
            return (sight, Self.seconds(ContinuousClock.now - start))
        }
        let (docker, site, layout, files, stackName, server, world) = (
            docker, site, layout, world.files, site.name, server, world
        )
        async let computer = timed(.computer) { readComputer(layout) }
        async let host = timed(.host) { try await HostTrial(world: world).look() }
        async let sources = timed(.sources) { SourcesSighting.read(layout, files) }
        let needsContainers = !places.isDisjoint(with: [.docker, .database, .nodejs, .outside, .world])
        let containers: Result<[StackSighting.Container], any Error> =
            needsContainers ? await Self.result { try await docker.stackContainers(stackName) } : .success([])
        let running = (try? containers.get()) ?? []
        let mail = running.first { $0.service == ServiceKind.mail.rawValue }?.gateway
        let page = OutsideRequest.Dashboard(
            address: running.first { $0.service == ServiceKind.dashboard.rawValue }?.gateway,
            tasks: running.filter(\.isWell).compactMap(\.task))
        async let outside = timed(.outside) { try await lookOutside(mail: mail, dashboard: page) }
        async let stack = timed(.docker) { try await docker.stackSighting(stackName, containers: try containers.get()) }
        async let database = timed(.database) {
            try await docker.databaseState(container: try Self.id(.db, in: containers.get()))
        }
        async let inside = timed(.nodejs) {
            try await docker.insideSighting(
                container: try Self.id(.nodejs, in: containers.get()), paths: Self.paths, of: server)
        }
        async let beyond = timed(.world) {
            try await docker.mailSighting(
                container: try Self.id(.nodejs, in: containers.get()),
                MailQuestion(site, program: ProbeProgram.mail.text))
        }
        let seen = await (stack, database, inside, outside, computer, sources, beyond, host)
        var foreign: Sight<[ForeignLetter]> = .seen([])
        if places.contains(.outside), let stack = seen.0.0.value, let container = stack.container(.mail) {
            do {
                foreign = .seen(try await docker.foreignLetters(to: container, stack: stack.networks))
            } catch { foreign = .unseen(Self.judgement(error, at: .outside)) }
        }
        return Sightings(
            site: site, server: server, certificateRefusal: certificateRefusal, recovery: recovery,
            twoServers: twoServers, isInMaintenance: files.exists(layout.maintenance), now: world.now(),
            stack: seen.0.0,
            database: seen.1.0, inside: seen.2.0,
            outside: seen.3.0, foreignLetters: foreign,
            computer: seen.4.0,
            sources: seen.5.0,
            world: seen.6.0,
            host: seen.7.0,
            seconds: [
                .docker: seen.0.1, .database: seen.1.1, .nodejs: seen.2.1, .outside: seen.3.1, .computer: seen.4.1,
                .sources: seen.5.1, .world: seen.6.1, .host: seen.7.1,
            ])
    }

    private func lookOutside(mail: String?, dashboard: OutsideRequest.Dashboard) async throws -> OutsideSighting {
        let request = OutsideRequest(
            site: site, layout: layout, files: world.files, paths: Self.paths, mail: mail, dashboard: dashboard)
        if let ticket = request.ticket { world.redaction.add(ticket) }
        guard let image = images[.crossbar] else {
            throw Failure(
                "there is no image to look from", because: "the crossbar image is not built", fix: "kopnik up")
        }
        return try await docker.outsideSighting(
            request, image: image,
            labels: StackPlan.labels(of: site, at: layout),
            dist: request.files.isEmpty ? nil : SourceFolder.real(layout.dist))
    }

    private static func result<Value: Sendable>(_ body: @Sendable () async throws -> Value) async -> Result<
        Value, any Error
    > {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private static func id(_ kind: ServiceKind, in containers: [StackSighting.Container]) throws -> String {
        guard let container = containers.first(where: { $0.service == kind.rawValue }) else {
            throw Failure(
                "the service '\(kind.rawValue)' does not run", because: "Docker has no running container of it",
                fix: "kopnik up")
        }
        return container.id
    }

    /// A look that failed, in the words of a row.
    private static func judgement(_ error: any Error, at place: Place) -> Judgement {
        if let failure = error as? Failure {
            return .broken(failure.what, because: failure.because, fix: failure.fix ?? "kopnik doctor")
        }
        return .broken(
            "\(place.words) gave no answer that can be read", because: "the probe was cut off or said something else",
            fix: "kopnik doctor")
    }
}
