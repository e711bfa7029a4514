import Blueprint
public import Deployment
import Foundation
import Machine
public import Overview

/// The folder through which the keeper tells what may be shown: `site.json`, and `beat`, which says that it watches. Neither outlives a power
/// cut: both are written again in seconds.
public struct OverviewFolder: Sendable {
    private let path: String
    private let files: Files

    /// That of a site.
    public init(_ deployment: Deployment) {
        path = deployment.layout.overview
        files = deployment.world.files
    }

    private var site: String { "\(path)/site.json" }
    private var pulse: String { "\(path)/beat" }

    /// What was written down last, or `nil` where nothing was.
    public var written: SiteOverview? { files.data(of: site).flatMap { SiteOverview($0) } }

    /// Seconds since the keeper last said that it watches; `nil` where it never did in this boot.
    public var silence: Double? {
        guard let beat = files.text(of: pulse).flatMap({ Double($0) }) else { return nil }
        let age = BootClock.now / .seconds(1) - beat
        return age < -2 ? nil : max(0, age)
    }

    /// Says that the keeper watches.
    func beat() throws { try files.write(Data("\(BootClock.now / .seconds(1))".utf8), to: pulse, isLasting: false) }

    /// Writes down what may be shown.
    func write(_ overview: SiteOverview) throws { try files.write(try overview.encoded(), to: site, isLasting: false) }
}
