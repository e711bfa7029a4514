// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "kopnik",
    products: [
        .executable(name: "kopnik", targets: ["kopnik"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // The command line: a file per verb.
        .executableTarget(
            name: "kopnik",
            dependencies: [
                "Site", "Blueprint", "Machine", "Engine", "Deployment", "Verify", "Keeper", "Host", "Remote", "Vagrant", "Bundled", "Overview", "Dashboard",
                "Standby", "Lab",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        // Features.
        .target(
            name: "Deployment",
            dependencies: ["Site", "Blueprint", "Machine", "Engine", "Bundled", "Standby"],
            swiftSettings: settings
        ),
        .target(
            name: "Verify",
            dependencies: ["Site", "Blueprint", "Machine", "Engine", "Bundled"],
            swiftSettings: settings
        ),
        .target(
            name: "Keeper",
            dependencies: ["Site", "Blueprint", "Machine", "Engine", "Deployment", "Overview", "Standby"],
            swiftSettings: settings
        ),
        // The whole site as it is shown: made by the keeper, drawn by the page and by `status --watch`. Pure.
        .target(name: "Overview", swiftSettings: settings),
        // What two hosts decide of each other: who may start, who may take over, whether commits wait. Pure.
        .target(name: "Standby", dependencies: ["Site"], swiftSettings: settings),
        // The page's web server: reads one folder, and knows nothing of Docker.
        .target(name: "Dashboard", dependencies: ["Bundled"], swiftSettings: settings),
        // A server's desired state.
        .target(name: "Host", dependencies: ["Machine", "Bundled"], swiftSettings: settings),
        // Another computer, by SSH.
        .target(name: "Remote", dependencies: ["Machine"], swiftSettings: settings),
        // Virtual machines, by Vagrant.
        .target(name: "Vagrant", dependencies: ["Site", "Machine"], swiftSettings: settings),
        // Servers on one computer, to break and to watch.
        .target(name: "Lab", dependencies: ["Machine", "Bundled"], swiftSettings: settings),
        // Docker.
        .target(name: "Engine", dependencies: ["Machine"], swiftSettings: settings),
        // Pure: Site → every generated file.
        .target(
            name: "Blueprint", dependencies: ["Site", .product(name: "Yams", package: "Yams")], swiftSettings: settings),
        .target(name: "Site", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: settings),
        // The only doors to the outside.
        .target(
            name: "Machine",
            dependencies: [
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),
        // `images/`, `demo/`, `probes/`, `server/` and `lab/` inside the binary, so that one file is all there is to copy.
        .target(name: "Bundled", swiftSettings: settings, plugins: ["BundleFiles"]),
        .executableTarget(name: "bundle-files", swiftSettings: settings),
        .plugin(name: "BundleFiles", capability: .buildTool(), dependencies: ["bundle-files"]),

        // What several test targets share: scripted programs, golden files, temporary folders.
        .target(name: "TestSupport", dependencies: ["Machine"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "SiteTests", dependencies: ["Site"], exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "BlueprintTests",
            dependencies: ["Blueprint", "Site", "Machine", "TestSupport", .product(name: "Yams", package: "Yams")],
            exclude: ["Golden"], swiftSettings: settings),
        .testTarget(name: "MachineTests", dependencies: ["Machine", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "EngineTests", dependencies: ["Engine", "Machine", "TestSupport"], exclude: ["Recorded"],
            swiftSettings: settings),
        .testTarget(
            name: "DeploymentTests",
            dependencies: ["Deployment", "Site", "Blueprint", "Machine", "Engine", "Bundled", "Standby", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "kopnik", "Deployment", "Machine", "Overview", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .testTarget(name: "HostTests", dependencies: ["Host", "Machine", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "RemoteTests", dependencies: ["Remote", "Machine", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "VagrantTests", dependencies: ["Vagrant", "Blueprint", "Site", "Machine", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "VerifyTests", dependencies: ["Verify", "Site", "Machine", "Engine", "Blueprint"],
            exclude: ["Golden"],
            swiftSettings: settings),
        .testTarget(
            name: "KeeperTests",
            dependencies: ["Keeper", "Blueprint", "Deployment", "Engine", "Machine", "Overview", "Site", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "StandbyTests", dependencies: ["Standby", "Site"], swiftSettings: settings),
        .testTarget(name: "OverviewTests", dependencies: ["Overview"], swiftSettings: settings),
        .testTarget(
            name: "DashboardTests", dependencies: ["Dashboard", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "IntegrationTests", dependencies: ["Machine", "Overview", "Verify"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
